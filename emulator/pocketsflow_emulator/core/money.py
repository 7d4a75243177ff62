"""Money is integer minor units; users write major units, receivers read major units.

Exponents follow ISO 4217. # assumed for currencies other than usd: no page names another exponent
"""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted

_ZERO = "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf"
_THREE = "bhd iqd jod kwd lyd omr tnd"
_TWO = (
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp byn bzd"
    " cad cdf chf cny cop crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd"
    " gtq gyd hkd hnl htg huf idr ils inr irr jmd kes kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad"
    " mdl mga mkd mmk mnt mop mru mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php"
    " pkr pln qar ron rsd rub sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs"
    " tmt top try ttd twd tzs uah usd uyu uzs ves wst xcd xcg yer zar zmw zwg"
)
EXPONENTS = (
    dict.fromkeys(_ZERO.split(), 0)
    | dict.fromkeys(_TWO.split(), 2)
    | dict.fromkeys(_THREE.split(), 3)
)
"""Currency (lower case) -> how many decimals its amounts have."""

UNITS: dict[str, int] = {code: 10**exponent for code, exponent in EXPONENTS.items()}
"""Currency -> how many minor units make one major unit."""

LARGEST = 10**12
"""The largest amount in minor units; well inside what a JavaScript number holds exactly."""


def currency(value: object) -> str:
    """Return the currency code in lower case; raises `UnknownName` for any other value."""
    code = value.lower() if isinstance(value, str) else value
    if not isinstance(code, str) or code not in EXPONENTS:
        raise UnknownName("currency", value, EXPONENTS)
    return code


_EXACT = Context(prec=4_000, traps=[InvalidOperation])
"""Our own arithmetic, so that an application's decimal context changes nothing."""

_WRITTEN = (str, int, Decimal)
_MOST_DIGITS = 60
_SIXTH = Decimal("0.000001")


def minor(name: str, value: object, code: str, *, least: int = 0) -> int:
    """Read `value`, major units of currency `code` as str, int or Decimal, as minor units.

    Raises `InvalidInput` for floats, for more decimals than the currency has, and outside
    `least` to `LARGEST` (minor units); `name` is the parameter the message speaks of.
    """
    amount = decimal(name, value)
    scaled = amount.scaleb(EXPONENTS[code], _EXACT)
    units = int(scaled)
    if scaled != units:
        raise InvalidInput(
            f"{name} {quoted(value)} has more decimals than {code} amounts have ({EXPONENTS[code]})"
        )
    if not least <= units <= LARGEST:
        allowed = f"{major(least, code)} to {major(LARGEST, code)} {code}"
        raise InvalidInput(f"{name} {quoted(value)} is outside {allowed}")
    return units


def decimal(name: str, value: object) -> Decimal:
    """Read a finite number written as str, int or Decimal; floats are refused as inexact."""
    if isinstance(value, float):
        raise InvalidInput(f'{name} is the float {value}; write it as a string: {name}="{value}"')
    if isinstance(value, bool) or not isinstance(value, _WRITTEN):
        raise InvalidInput(f'{name} is {quoted(value)}; write an amount like "29.00"')
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise InvalidInput(f'{name} is {quoted(value)}; write an amount like "29.00"') from None
    if not amount.is_finite() or abs(amount.adjusted()) > _MOST_DIGITS:
        raise InvalidInput(f'{name} is {quoted(value)}; write an amount like "29.00"')
    is_short = isinstance(value, str) and len(value) <= _MOST_DIGITS
    if not is_short and len(amount.as_tuple().digits) > _MOST_DIGITS:
        raise InvalidInput(f"{name} {quoted(value)} has more than {_MOST_DIGITS} digits")
    return amount


def major(amount: int, code: str) -> Decimal:
    """Return minor units as an exact Decimal of major units, with the currency's decimals."""
    return Decimal(amount).scaleb(-EXPONENTS[code], _EXACT)


def number(amount: int, code: str) -> int | float:
    """Return minor units as the number of major units that JSON carries: 60, not 60.0; 64.99."""
    unit = UNITS[code]
    whole, rest = divmod(amount, unit)
    return amount / unit if rest else whole


def tax(amount: int, rate: Decimal) -> int:
    """Return the tax on an amount before tax (minor units), rounded half up to the minor unit."""
    if not rate:
        return 0
    exact = _EXACT.multiply(Decimal(amount), rate)
    return int(exact.to_integral_value(ROUND_HALF_UP, _EXACT))


def share(amount: int, part: int, whole: int) -> int:
    """Return `part` / `whole` of an amount of at least 0 (minor units), rounded half up."""
    return (2 * amount * part + whole) // (2 * whole)


def fraction(name: str, value: object) -> Decimal:
    """Read a rate: at least 0, below 1, at most six decimals; without trailing zeros."""
    rate = decimal(name, value)
    if not 0 <= rate < 1:
        raise InvalidInput(f'{name} is {quoted(value)}; write a fraction, like "0.08" for 8 %')
    if rate != rate.quantize(_SIXTH, context=_EXACT):
        raise InvalidInput(f"{name} {quoted(value)} has more than six decimals")
    return abs(rate).normalize(_EXACT)

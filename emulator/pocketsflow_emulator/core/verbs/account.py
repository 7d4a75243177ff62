"""The account itself: the seller's identity check and the dunning policy."""

from pocketsflow_emulator.core import arguments, dunning
from pocketsflow_emulator.core import events as e
from pocketsflow_emulator.core.ids import generated
from pocketsflow_emulator.core.models import Ref, Verification, ref
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.verbs.registry import verb

VERIFICATIONS = {
    "processing": e.VERIFICATION_PROCESSING,
    "requires_input": e.VERIFICATION_REQUIRES_INPUT,
    "verified": e.VERIFICATION_VERIFIED,
}
"""Status of an identity check -> its event."""

MISSING = ("document_back", "selfie")
"""What is asked for when more input is required. # G2 /api-webhooks/events, the example"""

SELLER = "seller@example.com"


@verb
def set_verification(account: State, *, status: object) -> Ref:
    """Let the seller's identity check reach a status; sends the event of that status. One session
    goes on until it is verified; after that a new one starts. # assumed
    """
    word = arguments.choice("status", status, VERIFICATIONS)
    sessions = list(account.store.table(Verification).values())
    open_session = sessions[-1] if sessions and sessions[-1].status != "verified" else None
    session = Verification(
        id=open_session.id if open_session else account.new_id("verification"),
        status=word,
        user_id=generated(account.seed, "user", 1),
        email=SELLER,
        required_fields=MISSING if word == "requires_input" else (),
        verified_at=account.now if word == "verified" else None,
        created_at=open_session.created_at if open_session else account.now,
    )
    account.store.put(session)
    account.emit(VERIFICATIONS[word], session)
    return ref(session)


@verb
def set_dunning(account: State, *, name: object) -> None:
    """Choose what happens after failed charges of offers that name no policy of their own."""
    account.dunning = dunning.named(name).name

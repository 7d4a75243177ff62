"""The agenda: one thing due for each subject, the earliest first."""

from random import Random

from pocketsflow_emulator.core.agenda import Agenda

SEED = 4711


def drained(agenda):
    """Take everything off, earliest first: (when, kind, subject)."""
    taken = []
    while agenda.peek() is not None:
        due = agenda.pop()
        taken.append((due.when, due.kind, due.subject))
    return taken


def test_the_earliest_comes_first():
    """What falls due first comes first, whatever was set first."""
    agenda = Agenda()
    agenda.set(30, "c", "sub_3")
    agenda.set(10, "a", "sub_1")
    agenda.set(20, "b", "sub_2")

    actual = drained(agenda)

    expected = [(10, "a", "sub_1"), (20, "b", "sub_2"), (30, "c", "sub_3")]
    assert expected == actual


def test_equal_times_come_in_the_order_in_which_they_were_set():
    """At the same time, what was set first comes first."""
    agenda = Agenda()
    for subject in ("z", "a", "m"):
        agenda.set(10, "due", subject)

    actual = [subject for _, _, subject in drained(agenda)]

    expected = ["z", "a", "m"]
    assert expected == actual


def test_a_subject_has_one_entry():
    """Setting what is due for a subject replaces what was due for it."""
    agenda = Agenda()
    agenda.set(10, "notice", "sub_1")
    agenda.set(20, "renewal", "sub_1")

    length = len(agenda)
    actual = drained(agenda)

    assert length == 1
    expected = [(20, "renewal", "sub_1")]
    assert expected == actual


def test_what_was_dropped_does_not_come():
    """What is dropped never falls due; dropping what is not there does nothing."""
    agenda = Agenda()
    agenda.set(10, "notice", "sub_1")

    agenda.drop("sub_1")
    agenda.drop("sub_2")

    assert agenda.peek() is None
    assert len(agenda) == 0


def test_looking_takes_nothing_off():
    """Looking at the earliest entry leaves it where it is."""
    agenda = Agenda()
    agenda.set(10, "notice", "sub_1")

    first, second = agenda.peek(), agenda.peek()

    assert first == second
    assert len(agenda) == 1


def test_the_list_of_what_is_due_is_sorted():
    """Listing the agenda gives what is due, earliest first, and takes nothing off."""
    agenda = Agenda()
    agenda.set(30, "c", "sub_3")
    agenda.set(10, "a", "sub_1")
    agenda.set(5, "b", "sub_3")

    actual = [(due.when, due.kind, due.subject) for due in agenda]

    expected = [(5, "b", "sub_3"), (10, "a", "sub_1")]
    assert expected == actual
    assert len(agenda) == 2


def test_a_copy_goes_its_own_way():
    """A copy has the same entries and numbers, and neither changes the other."""
    agenda = Agenda()
    agenda.set(10, "notice", "sub_1")
    twin = agenda.copy()

    agenda.set(10, "notice", "sub_2")
    twin.set(10, "notice", "sub_2")
    equal = list(agenda) == list(twin)
    twin.drop("sub_1")

    assert equal
    assert [due.subject for due in agenda] == ["sub_1", "sub_2"]
    assert [due.subject for due in twin] == ["sub_2"]


def test_entries_that_were_replaced_do_not_pile_up():
    """Setting the same subjects over and over keeps the agenda small and right."""
    random = Random(SEED)
    agenda, live = Agenda(), {}
    for number in range(5000):
        subject, when = f"sub_{int(random.random() * 20)}", int(random.random() * 1000)
        if random.random() < 0.1:
            agenda.drop(subject)
            live.pop(subject, None)
        else:
            agenda.set(when, "due", subject)
            live[subject] = (when, number)

    kept = len(agenda._heap)
    actual = [subject for _, _, subject in drained(agenda)]

    expected = sorted(live, key=live.get)
    assert expected == actual, f"seed {SEED}"
    assert kept <= 65, f"seed {SEED}"

"""The collections day as named steps over columns: no database, no Django, no clock.

folder = Folder(root); put_snapshot(folder, tables); run_day(root, Day(as_of, law_on, packs))
"""

from forbear.nightly.day import Day
from forbear.nightly.explain import Explained, Weighed, explain_account
from forbear.nightly.folder import Folder, Manifest, file_digest, read_table, write_table
from forbear.nightly.inputs import ORDER, SNAPSHOT, BadSnapshot, checked, empty
from forbear.nightly.messages import BadTemplate, render, templates
from forbear.nightly.reasons import reasons, words
from forbear.nightly.reconcile import BrokenProof
from forbear.nightly.run import STEPS, decided_by, run_day, run_digest
from forbear.nightly.steps import Progress, Step, inputs_digest, put_snapshot

__all__ = [
    "ORDER", "SNAPSHOT", "STEPS", "BadSnapshot", "BadTemplate", "BrokenProof", "Day", "Explained", "Folder", "Manifest", "Progress",
    "Step", "Weighed", "checked", "decided_by", "empty", "explain_account", "file_digest", "inputs_digest", "put_snapshot", "read_table", "reasons",
    "render", "run_day", "run_digest", "templates", "words", "write_table",
]  # fmt: skip

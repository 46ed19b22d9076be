"""Letters: printed elsewhere. Jobs go out as folders with a manifest; what the post says comes back as files."""

from forbear.channels.letter.box import LetterBox, LetterSettings
from forbear.channels.letter.jobs import BadJob, Printed, read_job
from forbear.channels.letter.results import BadResults, Outcomes, PostResult, read_results

__all__ = [
    "BadJob", "BadResults", "LetterBox", "LetterSettings", "Outcomes", "PostResult", "Printed", "read_job", "read_results",
]  # fmt: skip

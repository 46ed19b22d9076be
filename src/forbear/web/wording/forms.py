"""Writing a version of a template."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from forbear.nightly.messages import TEXT_MAX
from forbear.web.outbox.words import CHANNELS
from forbear.web.wording.services import KINDS, SLOT

TITLE_MAX = 60
AREA = {"rows": 5, "spellcheck": "false"}


class VersionForm(forms.Form):
    """Title and text in both languages; the variables are those the text names."""

    key = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,39}$", label=_("Name"), help_text=_("Small letters, digits and _.")
    )
    kind = forms.ChoiceField(label=_("Channel"), choices=[(kind, CHANNELS[kind]) for kind in KINDS])
    title_zh = forms.CharField(label=_("Title, Chinese"), max_length=TITLE_MAX)
    title_en = forms.CharField(label=_("Title, English"), max_length=TITLE_MAX)
    text_zh = forms.CharField(label=_("Text, Chinese"), max_length=TEXT_MAX, widget=forms.Textarea(AREA))
    text_en = forms.CharField(label=_("Text, English"), max_length=TEXT_MAX, widget=forms.Textarea(AREA))

    def title(self) -> dict[str, str]:
        """Return the titles by language."""
        return {"zh": self.data.get("title_zh", "").strip(), "en": self.data.get("title_en", "").strip()}

    def text(self) -> dict[str, str]:
        """Return the texts by language, as they were typed."""
        return {"zh-hans": self.data.get("text_zh", "").strip(), "en": self.data.get("text_en", "").strip()}

    def variables(self) -> list[str]:
        """Return the variables that either text names."""
        return sorted({name for text in self.text().values() for name in SLOT.findall(text)})


def first_values(key: str, wording: Any, kind: str) -> dict[str, str]:
    """Return the form's values from a version that is there."""
    return {
        "key": key, "kind": kind, "title_zh": wording.title["zh"], "title_en": wording.title["en"],
        "text_zh": wording.text["zh-hans"], "text_en": wording.text["en"],
    }  # fmt: skip

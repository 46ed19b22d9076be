"""Forms about files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from forbear.web.intake.models import BatchState
from forbear.web.intake.selectors import layout_names
from forbear.web.reading import reading_lang

UPLOAD_BYTES_MAX = (
    2 << 30
)  # what the channels unpack at most; `FORBEAR_UPLOAD_BYTES_MAX` in the settings overrides
SUFFIXES = (".csv", ".txt", ".dat", ".xlsx", ".xls", ".parquet", ".zip", ".gz")


class SeveralFiles(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each neither too large nor of a kind nobody sends."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=SeveralFiles(attrs={"multiple": True, "accept": ",".join(SUFFIXES)}), **options
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        """Check each file; raise ValidationError naming the first that cannot be taken."""
        given = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        if not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        room = getattr(settings, "FORBEAR_UPLOAD_BYTES_MAX", UPLOAD_BYTES_MAX)
        for each in given:
            if each.size > room:
                raise forms.ValidationError(
                    _("%(name)s is larger than %(room)s MB. Split it, or load it with the command line."),
                    params={"name": each.name, "room": room >> 20},
                )
            if not each.name.lower().endswith(SUFFIXES):
                raise forms.ValidationError(
                    _("%(name)s is none of: %(kinds)s."),
                    params={"name": each.name, "kinds": ", ".join(SUFFIXES)},
                )
        return given


class UploadForm(forms.Form):
    """Hand in files."""

    files = FilesField(label=_("Files"))  # type: ignore[assignment]  # a field named as Form.files: read it from cleaned_data
    layout = forms.ChoiceField(
        label=_("Kind of file"), required=False, help_text=_("Found by the headings when left open.")
    )
    force = forms.BooleanField(
        label=_("Apply although older"),
        required=False,
        help_text=_("Adds what is missing; newer data is not overwritten."),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        names = layout_names(reading_lang())
        self.fields["layout"].choices = [("", _("By its headings")), *names.items()]  # type: ignore[attr-defined]


class BatchFilter(forms.Form):
    """Which batches to list."""

    name = forms.CharField(label=_("File name"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *BatchState.choices])
    layout = forms.ChoiceField(label=_("Kind of file"), required=False)

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        names = layout_names(reading_lang())
        self.fields["layout"].choices = [("", _("All")), *names.items()]  # type: ignore[attr-defined]


class RowForm(forms.Form):
    """Ask where a row is."""

    row = forms.IntegerField(label=_("Row number in the file"), min_value=1, max_value=2**40)


class DropForm(forms.Form):
    """Settle a row without applying it."""

    reason = forms.CharField(label=_("Why this row is not applied"), max_length=200)


class SettleForm(forms.Form):
    """Settle an alert."""

    finding = forms.CharField(label=_("What was found"), max_length=200)

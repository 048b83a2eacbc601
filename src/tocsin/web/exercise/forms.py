"""The form types of the exercise room. The live room has its own; neither fits the other (rule R23)."""

from __future__ import annotations

from typing import Any

from django import forms

from tocsin.warn import commands as cmd
from tocsin.web.exercise import scene
from tocsin.web.once import number
from tocsin.web.words import counted, words

MINUTES = (5, 15, 30, 60, 120)
TEXTS = ("headline", "instruction")
STATUSES = ("Exercise", "Test")


class ExerciseForm(forms.Form):
    """Name, areas, kind, length and, if wanted, own words of an exercise.

    Args:
        language: of the labels and area names.
        choices: areas that the officer may choose.
        spoken: languages of the city's messages.
    """

    exercise = forms.CharField(max_length=120)
    areas = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    status = forms.ChoiceField(widget=forms.RadioSelect, initial="Exercise")
    minutes = forms.TypedChoiceField(coerce=int, initial=15)

    def __init__(
        self, *args: Any, language: str, choices: list[dict[str, Any]], spoken: tuple[str, ...], **kwargs: Any
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        said = words(language)
        self.spoken = spoken
        self._missing = said["drl_missing"]
        for name in ("exercise", "areas", "status", "minutes"):
            self.fields[name].label = said[f"drl_{name}"]
            self.fields[name].error_messages |= {"required": self._missing}
        self.fields["areas"].choices = [(one["id"], one["name"]) for one in choices]  # type: ignore[attr-defined]
        self.fields["status"].choices = [(one, said[f"drl_status_{one.lower()}"]) for one in STATUSES]  # type: ignore[attr-defined]
        self.fields["minutes"].choices = [(n, counted(language, "n_minutes", n)) for n in MINUTES]  # type: ignore[attr-defined]
        for part in TEXTS:
            for tag in spoken:
                field = forms.CharField(required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
                field.label = f"{said[f'drl_{part}']} ({tag})"
                field.widget.attrs |= {"lang": tag}
                self.fields[f"{part}_{tag}"] = field

    @property
    def own_words(self) -> list[forms.BoundField]:
        """The fields of the officer's own words."""
        return [self[f"{part}_{tag}"] for part in TEXTS for tag in self.spoken]

    def clean(self) -> dict[str, Any]:
        """Puts the word for exercise before own words that lack it, so that nobody has to type it sixteen times."""
        given = super().clean() or {}
        for part in TEXTS:
            for tag in self.spoken:
                text = given.get(f"{part}_{tag}", "").strip()
                begin = scene.word(tag)
                given[f"{part}_{tag}"] = text if not text or text.startswith(begin) else f"{begin}. {text}"
        return given

    def command(self) -> cmd.StartDrill:
        """The command that the form asks for; the form must be valid."""
        given = self.cleaned_data
        own = {part: {tag: given[f"{part}_{tag}"] for tag in self.spoken if given[f"{part}_{tag}"]} for part in TEXTS}
        return cmd.StartDrill(
            exercise=given["exercise"],
            areas=tuple(given["areas"]),
            headline=own["headline"],
            instruction=own["instruction"],
            status=given["status"],
            duration_s=given["minutes"] * 60,
        )


class ExerciseWordForm(forms.Form):
    """The word for exercise, typed before an exercise begins. Never the name of an area: that opens live warnings."""

    typed = forms.CharField(max_length=40)
    once = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput, initial=number)

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        said = words(language)
        self._wanted = scene.word(language)
        self._wrong = said["drl_typed_wrong"].format(word=self._wanted)
        self.fields["typed"].label = said["drl_typed"].format(word=self._wanted)
        self.fields["typed"].error_messages |= {"required": self._wrong}
        self.fields["typed"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "characters"}

    def clean_typed(self) -> str:
        """The word, letter case aside.

        Raises:
            ValidationError: another word.
        """
        text: str = self.cleaned_data["typed"].strip()
        if text.casefold() != self._wanted.casefold():
            raise forms.ValidationError(self._wrong)
        return text


class ExerciseEndForm(forms.Form):
    """Why an exercise ends."""

    reason = forms.CharField(max_length=200)

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        said = words(language)
        self.fields["reason"].label = said["drl_reason"]
        self.fields["reason"].initial = said["drl_reason_first"]
        self.fields["reason"].error_messages |= {"required": said["drl_missing"]}

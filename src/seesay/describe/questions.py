"""What describers that ask a model share: from videos to questions, from replies to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from seesay.core.errors import SeesayError
from seesay.describe.answering import Answer, Ask, Reply, read_replies
from seesay.describe.base import Description, Facets, Failure, Kind, Usage, Video
from seesay.describe.message import Message, video_message
from seesay.describe.pace import NotSent
from seesay.describe.prompting import PROMPT_OF, load_prompt
from seesay.describe.render import RENDER_VERSION, render
from seesay.describe.segments import Segment, cut, joined_moments, summarised, summary_message
from seesay.describe.server_answer import one_line
from seesay.describe.tokens import BYTES_A_TOKEN, LIKELY_ANSWER
from seesay.describe.transcript import Transcriber, TranscriptSettings, shifted
from seesay.media.base import Media

Outcome = Description | Failure


class QuestionSettings(TranscriptSettings):
    """What a model is asked about.

    Attributes:
        kind: describe what is seen and heard (`both`), what is seen (`video`) or what is heard
            (`audio`); an item can have a text of each. The last needs a model that hears.
        prompt: the name of a prompt that comes with seesay, or a path to a .txt of your own; empty
            for the one that fits `kind`.
        send_audio: send the sound too; many models see but do not hear, and refuse it. For the
            kind `audio` it is sent in any case.
    """

    kind: Kind = "both"
    prompt: str = ""
    send_audio: bool = False


@dataclass
class _Asked:
    """One video on its way: its pieces, what is asked about each, and what came back.

    Attributes:
        pieces: the whole video, where it is not long.
        transcript: what is said in it; None where nobody listened.
    """

    video: Video
    pieces: Sequence[Segment]
    messages: Sequence[Message]
    transcript: str | None
    answers: Sequence[Answer | Reply] = ()
    summary: Answer | Reply | None = None
    parts: list[tuple[Segment, Facets]] = field(default_factory=list)


class Questions:
    """Makes the questions of one describer, and descriptions of the replies.

    A long video is asked about piece by piece, and then, with the words of its pieces alone, as a
    whole.

    Args:
        hears: the model is given the sound itself.
        listens: it is given what is said as text.
        fit: makes the media of one question fit the model; what it raises is the video's fault.
        most_bytes: of a file that is sent as it is instead of its frames; a longer video, and a
            larger file, is shown by frames.
        go_on: raises `NotSent` once the run is ending.
    """

    def __init__(
        self,
        settings: QuestionSettings,
        *,
        hears: bool,
        listens: bool,
        fit: Callable[[Media], Media] | None = None,
        most_bytes: int = 0,
        go_on: Callable[[], None] | None = None,
    ) -> None:
        """Read the prompts.

        Raises:
            SeesayError: there is no such prompt.
        """
        self.kind = settings.kind
        self.hears = hears
        self._listens = listens
        self._fit = fit
        self._most_bytes = most_bytes
        self._transcriber = Transcriber(settings, go_on)
        self._prompt = load_prompt(settings.prompt or PROMPT_OF[self.kind])
        self._repair = load_prompt("repair")
        self._summarise = load_prompt("summarise")

    def fingerprint(self) -> dict[str, Any]:
        """Return what decides the words besides the model: prompts, rendering, transcript."""
        # The first is left out, so that what was paid for before there were pieces is known again.
        later = self._summarise.version > 1
        return {
            "prompt": self._prompt.fingerprint(),
            "repair": self._repair.fingerprint(),
            **({"summarise": self._summarise.fingerprint()} if later else {}),
            "render": RENDER_VERSION,
            **(self._transcriber.fingerprint() if self._listens else {}),
        }

    def check(self) -> None:
        """Look for Whisper, where it is needed.

        Raises:
            SeesayError: it is not there, or its weights differ.
        """
        if self._listens:
            self._transcriber.check()

    def describe(self, videos: Sequence[Video], ask: Ask) -> list[Outcome]:
        """Ask about all videos at once, then for the summaries of the long ones.

        Answers that cannot be read are asked for once more. A video for which no question can be
        made, or that has no answer, is a failure alone.

        Args:
            ask: sends messages and gives a reply to each.

        Raises:
            SeesayError: the model cannot be had at all.
            NotSent: the run is ending.
        """
        asked = [self._asked(video) for video in videos]
        going = [one for one in asked if isinstance(one, _Asked)]
        answers = iter(self._answers([text for one in going for text in one.messages], ask))
        for one in going:
            one.answers = [next(answers) for _ in one.messages]
            one.parts = [
                (piece, answer.facets)
                for piece, answer in zip(one.pieces, one.answers, strict=True)
                if isinstance(answer, Answer)
            ]
        long = [one for one in going if len(one.parts) == len(one.pieces) > 1]
        texts = [summary_message(one.video, one.parts, self._summarise) for one in long]
        for one, summary in zip(long, self._answers(texts, ask), strict=True):
            one.summary = summary
        return [_outcome(one) if isinstance(one, _Asked) else one for one in asked]

    def messages(self, video: Video) -> list[Message]:
        """Return all that is asked about a video, the words of its pieces left blank.

        Raises:
            ValueError: there is nothing to ask about.
        """
        asked = self._prepare(video)
        if len(asked.pieces) == 1:
            return [*asked.messages]
        blank = Facets(summary="-" * LIKELY_ANSWER * BYTES_A_TOKEN)
        parts = [(piece, blank) for piece in asked.pieces]
        return [*asked.messages, summary_message(video, parts, self._summarise)]

    def _asked(self, video: Video) -> _Asked | Failure:
        try:
            return self._prepare(video)
        except (SeesayError, NotSent):
            raise
        except Exception as error:
            # Whatever one video does to an image library must not stop the others.
            return Failure(video.item_id, one_line(str(error)), retry=False)

    def _prepare(self, video: Video) -> _Asked:
        _refuse_empty(video, self.kind)
        pieces = cut(video.media)
        if self.kind == "audio":
            pieces = [piece for piece in pieces if len(piece.media.audio)]
        film = self._film(video) if len(pieces) == 1 else None
        heard = [self._heard(replace(video, media=piece.media)) for piece in pieces]
        listened = self._listens and len(video.media.audio) > 0
        return _Asked(
            video,
            pieces,
            [video_message(piece, self._prompt, self.kind, self.hears, film) for piece in heard],
            _transcript(pieces, heard) if listened else None,
        )

    def _film(self, video: Video) -> Path | None:
        """Return the file, where it is to be sent itself."""
        if self.kind == "audio" or video.path is None or not self._most_bytes:
            return None
        return video.path if video.path.stat().st_size <= self._most_bytes else None

    def _heard(self, piece: Video) -> Video:
        if self._fit and self.kind != "audio":
            piece = replace(piece, media=self._fit(piece.media))
        return self._transcriber.add(piece) if self._listens else piece

    def _answers(self, messages: Sequence[Message], ask: Ask) -> list[Answer | Reply]:
        """Return what was read of each reply, or the reply itself where nothing came."""
        replies = ask(messages) if messages else []
        said = [reply for reply in replies if not reply.fault]
        read = iter(read_replies(said, self._repair, ask))
        return [reply if reply.fault else next(read) for reply in replies]


def own_questions(
    settings: QuestionSettings, fit: Callable[[Media], Media] | None = None
) -> Questions:
    """Return the questions to a model in this process: it hears, or gets what is said as text."""
    hears = settings.kind == "audio" or (settings.kind == "both" and settings.send_audio)
    listens = settings.kind == "both" and not hears and settings.transcript
    return Questions(settings, hears=hears, listens=listens, fit=fit)


def _refuse_empty(video: Video, kind: Kind) -> None:
    """Check that a video has what a description of its kind is made of."""
    if kind != "audio" and not video.media.frames:
        raise ValueError("no frame of it could be decoded")
    if kind == "audio" and not len(video.media.audio):
        raise ValueError("there is nothing to hear in it")


def _transcript(pieces: Sequence[Segment], heard: Sequence[Video]) -> str:
    lines = [
        shifted(video.transcript, piece.start)
        for piece, video in zip(pieces, heard, strict=True)
        if video.transcript
    ]
    return "\n".join(lines)


def _outcome(one: _Asked) -> Outcome:
    """Make a description, or a failure where one of the pieces or the summary has no answer."""
    answers = [*one.answers, one.summary] if one.summary else [*one.answers]
    failed = [answer for answer in answers if isinstance(answer, Reply)]
    read = [answer for answer in answers if isinstance(answer, Answer)]
    usage = Usage(
        sum(answer.prompt_tokens for answer in read),
        sum(answer.completion_tokens for answer in read),
    )
    if failed:
        first = failed[0]
        retry = all(reply.retry for reply in failed)
        return Failure(one.video.item_id, first.fault, retry, usage, first.body)
    last = read[-1]
    if one.summary:
        facets = summarised(last.facets, one.parts)
    else:
        facets = last.facets.model_copy(update={"moments": joined_moments(one.parts)})
    return Description(
        one.video.item_id,
        render(facets),
        facets,
        last.raw,
        usage,
        last.error or next((answer.error for answer in read if answer.error), ""),
        one.transcript,
    )

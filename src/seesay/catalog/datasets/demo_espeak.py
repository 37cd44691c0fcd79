"""A program of its own that speaks one sentence with libespeak-ng: PCM to standard output.

It is a process of its own because the library keeps what it spoke before in globals, which change
how the next sentence sounds, and is not safe to call from two threads. Only the standard library is
imported, so that it starts at once.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_RETRIEVE_AND_WAIT = 2
_NEVER_EXIT = 0x8000
_RATE_PARAMETER = 1
_UTF8 = 1


def spoken(
    library: str, data: str, voice: str, words_a_minute: int, text: str
) -> tuple[int, bytes]:
    """Return the sample rate and signed 16-bit mono samples of a spoken text.

    Args:
        library: path of libespeak-ng; `data`: path of its espeak-ng-data folder.

    Raises:
        OSError: the library does not load, or finds no such voice.
    """
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(_RETRIEVE_AND_WAIT, 0, data.encode(), _NEVER_EXIT)
    if rate <= 0:
        raise OSError(f"espeak-ng does not start from {data}")
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        raise OSError(f"espeak-ng has no voice {voice}")
    heard = bytearray()

    def keep(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            heard.extend(ctypes.string_at(samples, 2 * count))
        return 0

    # The library holds only the address: the name keeps the callback alive while it is called.
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(keep)
    espeak.espeak_SetSynthCallback(callback)
    espeak.espeak_SetParameter(_RATE_PARAMETER, words_a_minute, 0)
    content = text.encode()
    size = ctypes.c_size_t(len(content) + 1)
    espeak.espeak_Synth(content, size, 0, 1, 0, _UTF8, None, None)
    espeak.espeak_Terminate()
    return int(rate), bytes(heard)


if __name__ == "__main__":
    library, data, voice, speed, sentence = sys.argv[1:]
    sample_rate, samples = spoken(library, data, voice, int(speed), sentence)
    sys.stdout.buffer.write(sample_rate.to_bytes(4, "little") + samples)

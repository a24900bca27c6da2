"""What a training takes from the run that it starts from: `python -m vae_core.training.fitting`, configs as JSON in, JSON out, a line each.

An answer has a `sentence`, and says whether anything `fits`.
"""

import json
import sys

from vae_core import console
from vae_core.config import RunConfig
from vae_core.errors import ConfigError, RunError
from vae_core.processes import priority
from vae_core.processes.answering import answer_lines
from vae_core.runs.source import source_of


def fit(config: RunConfig) -> tuple[bool, str]:
    """Whether a training can start from the run that it names, and what it takes or why not; nothing where it begins anew."""
    from vae_core.models import transfer  # loads torch, which must come after lower_priority

    try:
        source = source_of(config)
        return True, str(transfer.plan(source, config.model)) if source else ""
    except RunError as error:
        return False, str(error)


def main() -> int:
    """Answer the questions on standard input, a line each. Returns the exit status, as `answer_lines` says."""
    console.tolerate_encoding_errors()
    priority.lower_priority()
    return answer_lines(lambda question: json.dumps(dict(zip(("fits", "sentence"), fit(_asked(question)), strict=True))))


def _asked(question: str) -> RunConfig:
    try:
        return RunConfig.from_json(json.loads(question))
    except (ValueError, TypeError, AttributeError):
        raise ConfigError(f"the question is {question[:60]!r}; expected a config as JSON") from None


if __name__ == "__main__":
    sys.exit(main())

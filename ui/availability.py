"""Why a model cannot be shown yet, and what to do next. Draws nothing."""

from vae_core.runs.run import Run

ENDING = "with the end of the training"


def why_missing(run: Run, what: str = "its codes") -> str:
    """Explain, as plain text, why a run lacks what the end of its training writes (`what`: "its codes", "its images"), and what to do."""
    status, resumable = run.status, run.resume.is_file()
    again = "resume it on the Train page" if resumable else "start a new training on the Train page"
    epochs = f"after {status.epoch} of {status.epochs} epochs" if status.epoch else "before its first epoch"
    coming = f"{what} will come {ENDING}."
    lacking = f"{what} are not there. To have them, {again}."
    if status.state == "queued":
        return f"This model waits for its turn to be trained; {coming} The Train page shows how many are before it."
    if status.state == "running":
        return f"This model is being trained; {coming} Watch it, or stop it, on the Train page."
    if status.state == "stopped":
        return f"This model's training was stopped {epochs}, and {lacking}"
    if status.state == "interrupted":
        return f"This model's training was interrupted, and {lacking}"
    if status.state == "failed":
        other = "" if resumable else " Choose other settings, or the same will happen again."
        return f"This model's training failed: {_ended(status.message)} So {lacking}{other}"
    if status.state == "damaged":
        return f"This model is damaged: {_ended(status.message)} Delete it on Home, or put its files back."
    return f"This model is trained, but {what} are missing. `python -m vae_core evaluate {run.id}` makes them again."


def _ended(message: str) -> str:
    return message if message.endswith((".", "!", "?", "…")) else f"{message}."

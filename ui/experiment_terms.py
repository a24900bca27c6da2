"""The terms of experiments. Makes no Streamlit call."""

from ui.explained import Term

OF_EXPERIMENTS = {
    "anomaly": Term(
        "Anomaly",
        "An image unlike those that a model learned from (out of distribution, a novelty). It should cost more to reconstruct, or "
        "have a code far from theirs; a score like that is a guess, and an experiment shows how often it is right.",
        "",
        "An & Cho 2015",
    ),
    "roc": Term(
        "ROC curve and AUC",
        "For every threshold, the share of anomalies that raise an alarm over the share of known images that do. "
        "The area under it, AUC, is how often an anomaly scores higher than a known image: 1 always, 0.5 by chance, "
        "less if the score is misled.",
        "AUC = P(score of an anomaly > score of a known image)",
        "Hanley & McNeil 1982",
    ),
    "denoising": Term(
        "Denoising",
        "A model that reconstructs the clean image from a noisy one. It has to be trained so: an ordinary one reconstructs "
        "what it takes the noise for.",
        "x̃ = x + σ · noise → encoder → z → decoder → x̂",
        "Vincent et al. 2008",
    ),
    "psnr": Term(
        "PSNR",
        "Peak signal-to-noise ratio: how small the squared error of an image is beside the largest value that a pixel has, in decibels. "
        "Ten more are a tenth of the squared error.",
        "PSNR = −10 · log₁₀(mean squared error), pixels in [0, 1]",
    ),
    "quantised": Term(
        "Quantised code",
        "A code whose numbers are rounded to a few values each, so that they take few bits. Rounding finer than the posterior's spread "
        "loses nothing that the decoder notices.",
        "2ᵇ values of b bits between the least and the largest number",
    ),
}

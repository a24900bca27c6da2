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
    "factor": Term(
        "Factor",
        "One of the things that an image was generated from, such as its shape, scale, rotation or place; a model is never told. "
        "A code is called disentangled if each of its dimensions follows one factor.",
        "",
        "Bengio et al. 2013, arXiv:1206.5538",
    ),
    "mig": Term(
        "MIG: mutual information gap",
        "How much more of a factor the best latent dimension tells than the second best, as a share of all there is to tell; the mean over "
        "factors. It is 1 if each factor has one dimension that tells it, and no other does.",
        "1/F Σ_v [ I(z₁; v) − I(z₂; v) ] / H(v), z₁ and z₂ those that tell most of v",
        "Chen et al. 2018, arXiv:1802.04942",
    ),
    "dci": Term(
        "DCI",
        "A random forest predicts the factors from codes. Disentanglement: whether a dimension matters for one factor alone; completeness: "
        "whether a factor needs one dimension alone; informativeness: how much is predicted.",
        "D = Σ_d ρ_d [ 1 − H_F(P_d) ], P_d the importance of dimension d by factor, as shares",
        "Eastwood & Williams 2018",
    ),
    "sap": Term(
        "SAP: separated attribute predictability",
        "How much better the best latent dimension predicts a factor by a straight line than the second best; the mean over factors. "
        "A dimension that follows a factor round a bend counts for little.",
        "1/F Σ_v [ R²(z₁; v) − R²(z₂; v) ]; of a class, how often the line is right",
        "Kumar et al. 2018, arXiv:1711.00848",
    ),
}

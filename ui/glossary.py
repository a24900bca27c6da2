"""The terms that pages and components explain: their titles, explanations and formulas. Makes no Streamlit call."""

import re

from ui.experiment_terms import OF_EXPERIMENTS
from ui.explained import Term
from ui.family_terms import OF_FAMILIES

KINGMA = "Kingma & Welling 2014, arXiv:1312.6114"

TERMS = {
    "autoencoder": Term(
        "Autoencoder",
        "Two networks trained together: one squeezes an image into a few numbers, the other makes the image again from them. "
        "Nothing says where its codes should lie, so it has holes and no rule for drawing new images.",
        "x → encoder → z → decoder → x̂",
    ),
    "vae": Term(
        "Variational autoencoder (VAE)",
        "An autoencoder that encodes an image as a small cloud of codes instead of a point, and keeps all clouds near one round bell. "
        "So neighbouring codes look alike, and codes drawn from the bell decode to new images.",
        "z = μ(x) + σ(x) · ε, ε ~ N(0, I)",
        KINGMA,
    ),
    "encoder": Term(
        "Encoder",
        "The network that turns an image into a code. That of a VAE gives a mean μ and a spread σ for each latent dimension.",
        "x → μ(x), σ(x)",
    ),
    "decoder": Term(
        "Decoder",
        "The network that turns a code into an image. It answers for every code, also for those that no image has.",
        "z → x̂",
    ),
    "code": Term(
        "Code",
        "The few numbers that stand for an image: a point of latent space. The encoder finds it, the decoder makes an image of it.",
        "z = (z₁, …, z_D)",
    ),
    "latent-space": Term(
        "Latent space",
        "The space in which every point is a code. Near points decode to similar images; with two latent dimensions it is a map.",
        "z ∈ ℝᴰ",
    ),
    "latent-dimension": Term(
        "Latent dimension",
        "One of the numbers of a code, and so one axis of latent space. "
        "With more of them images become sharper and the space harder to picture.",
        "D = length of z",
    ),
    "prior": Term(
        "Prior",
        "What a VAE's codes should look like before any image is seen: a round bell around 0 with spread 1 in every dimension. "
        "New images are made by decoding codes drawn from it.",
        "p(z) = N(0, I)",
        KINGMA,
    ),
    "posterior": Term(
        "Posterior",
        "Where the encoder says that an image's code may lie: a bell with centre μ and spread σ. "
        "An autoencoder says a point instead, without any spread.",
        "q(z | x) = N(μ(x), diag σ²(x))",
        KINGMA,
    ),
    "mean-sigma": Term(
        "μ ± σ",
        "The encoder's answer in each latent dimension: the most likely value μ, and how uncertain it is, σ. "
        "A dimension with σ near 1 and μ near 0 says nothing about the image.",
        "68 % of the codes of an image lie in μ ± σ",
    ),
    "sample": Term(
        "Sample",
        "A value drawn at random: a code from a posterior or from the prior, or an image from a data set. "
        "A VAE's code is drawn as mean plus spread times noise, so that training can pass through the draw.",
        "z = μ + σ · ε, ε ~ N(0, I)",
        KINGMA,
    ),
    "reconstruction": Term(
        "Reconstruction",
        "The image that comes back when an image is encoded and then decoded. "
        "As a cost it says how badly the decoder's pixels explain the real ones; 0 would be perfect for black and white pixels.",
        "E_q(z|x) [ −log p(x | z) ], in nats per image",
    ),
    "kl": Term(
        "KL divergence",
        "How far an image's posterior is from the prior: how much information its code carries. At 0 the code says nothing of the image.",
        "KL(q ‖ p) = ½ Σ_d (μ_d² + σ_d² − 1 − ln σ_d²), in nats",
        f"{KINGMA}, appendix B",
    ),
    "elbo": Term(
        "−ELBO: the cost of an image",
        "What an image costs a VAE: its reconstruction and its KL together, an upper bound on −log p(x); lower is better. "
        "Compare it only between models of the same data and the same likelihood; for a Gaussian one it is a density and may be negative.",
        "−ELBO = E_q [ −log p(x | z) ] + KL(q(z | x) ‖ p(z)), in nats per image",
        KINGMA,
    ),
    "beta": Term(
        "β",
        "How much the KL counts in training: 1 is a VAE, 0 leaves codes wherever they like, a large one makes them carry little. "
        "Only with β = 1 is what training minimises the −ELBO.",
        "objective = reconstruction + β · KL",
        "Higgins et al. 2017, β-VAE",
    ),
    "objective": Term(
        "Objective",
        "The one number that training makes smaller, averaged over the training images. For an autoencoder it is the reconstruction alone.",
        "objective = reconstruction + β · KL",
    ),
    "nats": Term(
        "Nats",
        "The unit of information with the natural logarithm, as the bit is the one with the logarithm to base 2. "
        "An image that costs 1 nat more was e ≈ 2.7 times less likely for the model.",
        "1 nat = 1 / ln 2 ≈ 1.44 bits",
    ),
    "held-out": Term(
        "Held-out images",
        "Images that training never sees, kept to measure how well a model does on new ones. "
        "If the cost falls on training images alone, the model learns them by heart.",
    ),
    "likelihood": Term(
        "Likelihood",
        "How real pixels are scored: Bernoulli as chances of white, Gaussian as a bell around each value, logistic as 256 chances. "
        "Costs of one kind never compare with those of another; only the last are sizes of files.",
        "−log p(x | z) = −Σ [ x ln x̂ + (1 − x) ln(1 − x̂) ], or Σ [ (x − x̂)² / 2σ² + ½ ln 2πσ² ]",
    ),
    "pixel-sigma": Term(
        "Pixel sigma",
        "How far a pixel may be from the decoder's value under the Gaussian or logistic likelihood: one number for all, or one for each. "
        "A small one makes reconstructions weigh more than the KL, a large one less.",
        "p(x | z) = N(x̂, σ² I)",
    ),
    "pixel-error": Term(
        "Typical pixel error",
        "How far a pixel of a held-out image is from its reconstruction, where 0 % is equal and 100 % is black instead of white. "
        "It compares between models of the same data, whatever their likelihood.",
        "√( mean of (x − x̂)² ), x̂ decoded from μ",
    ),
    "epoch": Term(
        "Epoch",
        "One pass of training over all training images, in small batches. A training is a number of them.",
        "steps per epoch = training images / batch size",
    ),
    "learning-rate": Term(
        "Learning rate",
        "How far each training step moves the network's weights. Too large and the cost jumps about, too small and training takes forever.",
        "weights ← weights − learning rate · direction",
        "the direction is AdamW's: Loshchilov & Hutter 2019, arXiv:1711.05101",
    ),
    "collapse": Term(
        "Posterior collapse",
        "The encoder says the same for every image, so the code carries nothing and all images decode alike. "
        "It happens when the KL weighs too much, as with a large β.",
        "q(z | x) ≈ p(z), KL ≈ 0",
        "Bowman et al. 2016, arXiv:1511.06349",
    ),
    "active-units": Term(
        "Active units",
        "Latent dimensions whose encoded mean varies from image to image. The others say nothing about the image.",
        "Var_x( μ_d(x) ) > 0.01",
        "Burda et al. 2016, arXiv:1509.00519",
    ),
    "hole": Term(
        "Hole",
        "A place where the prior expects codes but no image's code lies. What the decoder makes there was never practised.",
        "p(z) large, q(z) ≈ 0",
    ),
    "aggregate": Term(
        "Aggregate posterior",
        "All images' posteriors laid over each other: where codes really lie. Where it equals the prior, draws from the prior look real.",
        "q(z) = 1/N Σₙ q(z | xₙ)",
        "Hoffman & Johnson 2016, ELBO surgery",
    ),
    "bound": Term(
        "Importance-weighted bound",
        "A closer estimate of −log p(x) than −ELBO, from many samples of the posterior. It never exceeds −ELBO on average.",
        "−E [ log 1/K Σ_k p(x | z_k) p(z_k) / q(z_k | x) ], z_k ~ q(z | x)",
        "Burda et al. 2016, arXiv:1509.00519",
    ),
    "trustworthiness": Term(
        "Trustworthiness",
        "Whether points that are neighbours in the picture are neighbours among the codes, too; 1 is perfect. "
        "Intruders from far away lower it.",
        "1 − 2 / (n k (2n − 3k − 1)) Σᵢ Σ_{j intruder} (rank(i, j) − k)",
        "Venna & Kaski 2001",
    ),
    "pca": Term(
        "PCA",
        "Looks at the codes from the side on which they spread most. "
        "Straight lines stay straight, and distances are never longer than they were.",
        "z ↦ (v₁ · (z − z̄), v₂ · (z − z̄)), v: eigenvectors of the covariance",
        "Pearson 1901",
    ),
    "tsne": Term(
        "t-SNE",
        "Lays out points so that neighbours among the codes stay neighbours in the picture. "
        "Distances between groups, their sizes and their densities mean little.",
        "minimise KL(P ‖ Q) = Σ p_ij ln(p_ij / q_ij)",
        "van der Maaten & Hinton 2008",
    ),
    "umap": Term(
        "UMAP",
        "Joins each code with its nearest neighbours and lays out that net on a plane. "
        "Groups are kept, distances between them mean little.",
        "minimise Σ [ w ln(w / v) + (1 − w) ln((1 − w) / (1 − v)) ]",
        "McInnes et al. 2018, arXiv:1802.03426",
    ),
    "pacmap": Term(
        "PaCMAP",
        "Lays out points by near, middling and far pairs of codes, to keep groups and their arrangement. Distances are no measurements.",
        "",
        "Wang et al. 2021, arXiv:2012.04456",
    ),
    "interpolation": Term(
        "Interpolation",
        "Walking from one code to another and decoding on the way. In a good latent space every step looks like a real image.",
        "z(t) = (1 − t) · z_A + t · z_B, 0 ≤ t ≤ 1",
    ),
    "slerp": Term(
        "Slerp",
        "Interpolation along an arc instead of a line, which keeps the distance from the centre as it was. "
        "In many dimensions codes lie near a sphere, and a straight line would cut through its empty inside.",
        "z(t) = [ sin((1 − t)θ) · z_A + sin(tθ) · z_B ] / sin θ",
        "Shoemake 1985; White 2016, arXiv:1609.04468",
    ),
    "perplexity": Term(
        "Perplexity",
        "About how many neighbours t-SNE lets a point look at. Small values show small groups, large ones the whole.",
        "perplexity = 2^H(Pᵢ), H in bits",
        "van der Maaten & Hinton 2008",
    ),
    "noise-baseline": Term(
        "Noise baseline",
        "The same method, given pure noise in place of the codes. A group that is seen in noise, too, is made by the method.",
        "z ~ N(0, I)",
    ),
    **OF_FAMILIES,
    **OF_EXPERIMENTS,
}


def term_html(name: str, text: str) -> str:
    """A link to a term, as HTML for a component. Raises KeyError for an unknown one."""
    _ = TERMS[name]
    return f'<a class="term" href="#term-{name}">{text}</a>'


def term(name: str, text: str) -> str:
    """Markdown of a text that opens a term's explanation.

    Raises:
        KeyError: there is no such term.
    """
    if name not in TERMS:
        raise KeyError(name)
    return f"[{text}](#term-{name})"


def without_terms(markdown: str) -> str:
    """The same text opening no explanations, for where it stands many times."""
    return re.sub(r"\[([^\]\\]*)\]\(#term-[a-z-]+\)", r"\1", markdown)

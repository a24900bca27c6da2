"""The terms of single families of models. Makes no Streamlit call."""

from ui.explained import Term

OF_FAMILIES = {
    "conditional": Term(
        "Conditional VAE",
        "A VAE whose two networks are told an image's label. The code then need not say which digit it is and keeps what digits share, "
        "the handwriting: one code under every label is one hand.",
        "z ~ q(z | x, y), x̂ from p(x | z, y)",
        "Kingma et al. 2014, arXiv:1406.5298; Sohn, Lee & Yan 2015",
    ),
    "discriminator": Term(
        "Discriminator",
        "A network that learns to tell real images from a decoder's, which in turn learns to be taken for real. "
        "A VAE-GAN also compares an image and its reconstruction in its features, so its loss is no bound on −log p(x).",
        "½ ‖features(x) − features(x̂)‖² instead of −log p(x | z)",
        "Larsen et al. 2016, arXiv:1512.09300",
    ),
    "perceptual-loss": Term(
        "Perceptual loss",
        "It compares an image and its reconstruction in features of a small network that has learned to tell images apart. "
        "An edge in a slightly wrong place costs less than a blurred one, and the loss is no bound on −log p(x).",
        "|x − x̂| + ‖features(x) − features(x̂)‖²",
        "Johnson et al. 2016, arXiv:1603.08155; Hou et al. 2017, arXiv:1610.00291",
    ),
    "level": Term(
        "Level of a code",
        "A ladder VAE's code has a top and a bottom level: the image is decoded from the bottom one, and the top one says where that "
        "is likely to lie. Keep one and redraw the other to see what each decides.",
        "p(x, z) = p(x | z_bottom) · p(z_bottom | z_top) · p(z_top)",
        "Sønderby et al. 2016, arXiv:1602.02282",
    ),
    "codebook": Term(
        "Codebook",
        "A list of vectors; a code takes one of them for each place of an image, the nearest to what the encoder says there. "
        "So a code is a map of whole numbers, and nothing lies between two of them.",
        "k = argmin_j ‖encoder(x) − e_j‖² at each place",
        "van den Oord et al. 2017, arXiv:1711.00937",
    ),
    "map-prior": Term(
        "Prior of a map of codes",
        "How likely a map of codes is before an image is seen: a network tells the chances at each place from the places before it. "
        "Under the uniform prior all maps are alike, and most decode to nothing one knows.",
        "p(k) = ∏ p(kᵢ | k₁, …, kᵢ₋₁)",
        "van den Oord et al. 2016, arXiv:1601.06759",
    ),
    "mixture": Term(
        "Mixture prior",
        "A prior that is learned with the model: the sum of some bells, its components, each with a place, a spread in every dimension "
        "and a weight. They move to where codes are, so that fewer holes are left; a draw first chooses a component by its weight.",
        "p(z) = Σₖ πₖ N(mₖ, diag sₖ²)",
        "Tomczak & Welling 2018, arXiv:1705.07120",
    ),
}

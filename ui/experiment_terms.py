"""The terms of experiments. Makes no Streamlit call."""

from ui.explained import Term

OF_EXPERIMENTS = {
    "anomaly": Term(
        "Anomaly",
        "An image unlike those that a model learned from. It should cost more to reconstruct, or have a code far from theirs; "
        "a score like that is a guess, and an experiment shows how often it is right.",
        "",
        "An & Cho 2015",
    ),
    "roc": Term(
        "ROC curve and its area",
        "For every threshold, the share of anomalies that raise an alarm over the share of known images that do. The area below it is "
        "how often an anomaly scores higher than a known image: 1 always, 0.5 by chance, less if the score is misled.",
        "area = P(score of an anomaly > score of a known image)",
        "Hanley & McNeil 1982",
    ),
}

"""What a model is for, as experiments with numbers: does it notice what it has never seen?"""

import streamlit as st

from ui.anomaly_view import anomaly_view
from ui.availability import why_missing
from ui.frame import page
from ui.glossary import term
from ui.markdown import escape
from ui.models import chosen_run

with page("Experiments", f"Does the model notice {term('anomaly', 'what it has never seen')}?") as bar:
    run = chosen_run(bar)
    if not run.codes.exists():
        st.info(escape(why_missing(run)), icon=":material/hourglass_empty:")
        st.stop()
    anomaly_view(run)

"""All that knows Streamlit and is used by more than one page."""

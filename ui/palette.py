"""The colours of classes, the same on every page and in every component. Knows neither Streamlit nor a browser."""

# Ten colours that stay apart under protanopia and deuteranopia (at least 21 units of CIELAB under Machado's simulation, 47 with
# full colour vision) and stand out from a white page (contrast at least 2.1) and from a nearly black one (at least 2.9).
CLASS_COLOURS = ("#2B5ACD", "#FF9B00", "#19CA8F", "#F32807", "#28B5FF", "#D355BD", "#B6AF56", "#B42443", "#533CFF", "#5B847C")

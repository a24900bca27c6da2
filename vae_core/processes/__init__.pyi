from .answering import answer_lines as answer_lines
from .asking import Answer as Answer
from .asking import answer as answer
from .asking import ask as ask
from .priority import lower_priority as lower_priority

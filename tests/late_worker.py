"""The fake worker on a slow machine: it takes a second before it holds its lock."""

import sys
import time

from fake_worker import main

if __name__ == "__main__":
    time.sleep(1)
    main(sys.argv[1])

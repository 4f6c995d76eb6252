"""What the frozen program runs: the same door as everywhere."""

import sys

from mmdesk.__main__ import main

if __name__ == "__main__":
    sys.exit(main())

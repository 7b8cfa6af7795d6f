"""`python -m catlearn`."""

import sys

try:
    from catlearn.cli import main
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    main()

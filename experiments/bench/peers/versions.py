"""Prints the versions of Python and of the libraries that are timed, as JSON."""
import json
import platform

import jax
import torch

print(
    json.dumps(
        {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "jax": jax.__version__,
        }
    )
)

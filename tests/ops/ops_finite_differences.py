"""The one check of every gradient: central differences of the loss, cell by cell."""

import numpy as np


def check_gradient(loss, x, gradient, step=1e-6):
    """Assert that gradient (shape of x) is dloss/dx, for loss: (shape of x) -> (n,)."""
    assert gradient.shape == x.shape
    for cell in np.ndindex(x.shape[:-1]):
        up, down = x.copy(), x.copy()
        up[cell] += step
        down[cell] -= step
        slope = (loss(up) - loss(down)) / (2 * step)
        np.testing.assert_allclose(gradient[cell], slope, rtol=2e-6, atol=2e-7)

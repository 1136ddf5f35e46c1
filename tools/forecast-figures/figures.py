"""Figures of statsmodels that the forecasting models are tested against.

    python3 -m venv venv && venv/bin/pip install statsmodels==0.15.0
    venv/bin/python tools/forecast-figures/figures.py > packages/policies/src/predictive/models/models.statsmodels.json
"""

import json
import warnings

import numpy as np
import statsmodels
import statsmodels.api as sm
from statsmodels.regression.linear_model import yule_walker
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.holtwinters import ExponentialSmoothing

warnings.simplefilter("ignore")

# Luteinizing hormone in blood samples at 10 min intervals, as R's data set `lh` has it. Diggle, "Time Series", 1990, table A.1.
LH = [
    2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2.0, 1.9, 1.7, 2.2, 1.8, 3.2, 3.2, 2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3.0,
    2.3, 2.0, 2.0, 2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4, 1.8, 1.7, 1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3.0, 2.9,
]
# Three years shaped like monthly passenger counts: level, trend and season.
PASSENGERS = [
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
]
STEPS = 6


def by_yule_walker(order):
    rho, sigma = yule_walker(LH, order=order, method="mle")
    mean = float(np.mean(LH))
    values = [value - mean for value in LH]
    for _ in range(STEPS):
        values.append(sum(rho[lag] * values[-1 - lag] for lag in range(order)))
    return {"order": order, "coefficients": list(rho), "variance": sigma**2, "forecast": [value + mean for value in values[-STEPS:]]}


def by_least_squares(order):
    fit = AutoReg(LH, lags=order, trend="c").fit()
    return {"order": order, "intercept": fit.params[0], "coefficients": list(fit.params[1:]), "forecast": list(fit.forecast(STEPS))}


def local_linear_trend(level, slope):
    model = sm.tsa.UnobservedComponents(PASSENGERS, "lltrend", use_exact_diffuse=True)
    result = model.smooth([1.0, level, slope])
    state = result.filtered_state[:, -1]
    covariance = result.filtered_state_cov[:, :, -1]
    return {
        "levelVariance": level,
        "slopeVariance": slope,
        "level": state[0],
        "slope": state[1],
        "covariance": [covariance[0, 0], covariance[0, 1], covariance[1, 1]],
        "forecast": list(result.forecast(STEPS)),
    }


def likeliest_trend():
    fit = sm.tsa.UnobservedComponents(LH, "lltrend", use_exact_diffuse=True).fit(disp=False, maxiter=2000, method="nm")
    noise, level, slope = fit.params
    return {"levelVariance": level / noise, "slopeVariance": slope / noise}


def line(values):
    t = np.arange(len(values))
    fit = sm.OLS(values, sm.add_constant(t)).fit()
    return {"slope": fit.params[1], "forecast": [fit.params[0] + fit.params[1] * (len(values) - 1 + step) for step in range(STEPS + 1)]}


def smoothing(name, trend, damped, seasonal):
    first = np.array(PASSENGERS[:12], dtype=float)
    level = first.mean()
    options = {"initialization_method": "known", "initial_level": level if seasonal else PASSENGERS[0]}
    if trend:
        options["initial_trend"] = 0.0
    if seasonal:
        options["initial_seasonal"] = first - level if seasonal == "add" else first / level
        options["seasonal_periods"] = 12
    series = PASSENGERS[12:] if seasonal else PASSENGERS[1:]
    fit = ExponentialSmoothing(series, trend=trend, damped_trend=damped, seasonal=seasonal, **options).fit(method="least_squares")
    return {
        "name": name,
        "trend": trend,
        "damped": damped,
        "seasonal": seasonal,
        "sse": float(fit.sse),
        "weights": {key: float(fit.params[key]) for key in ("smoothing_level", "smoothing_trend", "smoothing_seasonal", "damping_trend")},
    }


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    return value


print(
    json.dumps(
        plain(
            {
                "source": f"statsmodels {statsmodels.__version__} by tools/forecast-figures/figures.py",
                "lh": LH,
                "passengers": PASSENGERS,
                "yuleWalker": [by_yule_walker(order) for order in (1, 2, 3, 5)],
                "leastSquares": [by_least_squares(order) for order in (1, 2, 3, 5)],
                "localLinearTrend": [local_linear_trend(*pair) for pair in ((0.1, 0.0001), (1.0, 0.1), (0.0, 0.5), (4.0, 0.0))],
                "likeliestTrend": likeliest_trend(),
                "line": [line(PASSENGERS), line(LH)],
                "smoothing": [
                    smoothing("level", None, False, None),
                    smoothing("additive trend", "add", False, None),
                    smoothing("damped trend", "add", True, None),
                    smoothing("additive season", None, False, "add"),
                    smoothing("additive trend and season", "add", False, "add"),
                    smoothing("damped trend, multiplicative season", "add", True, "mul"),
                ],
            }
        ),
        indent=1,
    )
)

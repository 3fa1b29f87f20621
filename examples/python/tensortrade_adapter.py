"""Names that users of TensorTrade know, on rl-env.

    import tensortrade_adapter as default

    env = default.create(
        data="testdata/fx/hour_EURUSD.OANDA.csv.gz",
        action_scheme="managed-risk", reward_scheme="risk-adjusted",
        window_size=20, max_allowed_loss=0.5, commission=0.001)
    obs = env.reset()
    obs, reward, done, info = env.step(env.action_space.sample())

What differs from TensorTrade, and why, is in tensortrade(7). obs has the shape (window, columns)
that its observer gives; what the account holds, which its observer does not show, is in
info["account"].
"""

from tradepipe_env import TradepipeEnv, _array

ACTIONS = {
    "bsh": {"action": "bsh"},
    "simple": {"action": "simple"},
    "managed-risk": {"action": "managed-risk"},
}
REWARDS = {
    "simple": {"reward": "simple-profit", "reward_window": 1},
    "risk-adjusted": {"reward": "sharpe"},
    "pbr": {"reward": "pbr"},
    "advanced-pbr": {"reward": "advanced-pbr"},
}


class TradingEnv:
    """reset() -> obs; step(action) -> obs, reward, done, info: the older manner of Gym."""

    def __init__(self, env, window_size):
        self._env = env
        self._window = window_size
        names = env.observation_names
        self._columns = next(
            i for i, n in enumerate(names) if n.startswith("position.")
        ) // window_size
        self.action_space = env.action_space
        self.account_names = names[self._columns * window_size:]
        self.performance = {}
        self._step = 0

    def _split(self, obs):
        n = self._columns
        rows = [obs[i * n:(i + 1) * n] for i in range(self._window)]
        return _array([list(r) for r in rows]), obs[n * self._window:]

    def _note(self, info):
        self.performance[self._step] = {"ts": info["ts"], "net_worth": info["equity"]}
        self._step += 1

    def _inform(self, account, info):
        out = {"step": self._step - 1, "net_worth": info["equity"]}
        out["account"] = dict(zip(self.account_names, (float(v) for v in account)))
        return out

    def reset(self, seed=None):
        obs, info = self._env.reset(seed=seed)
        self.performance, self._step = {}, 0
        self._note(info)
        return self._split(obs)[0]

    def step(self, action):
        obs, reward, terminated, truncated, info = self._env.step(action)
        self._note(info)
        window, account = self._split(obs)
        return window, reward, terminated or truncated, self._inform(account, info)

    def close(self):
        self._env.close()


def create(data, action_scheme="bsh", reward_scheme="simple", window_size=1, commission=None,
           max_allowed_loss=None, features=None, **params):
    """The parts of tensortrade.env.default.create, by their TensorTrade names."""
    settings = dict(data=data, window=window_size, shorts=False)
    settings.update(ACTIONS[action_scheme])
    settings.update(REWARDS[reward_scheme])
    if commission is not None:
        settings["commission"] = "rate:%r" % commission
    if max_allowed_loss is not None:
        settings["max_loss"] = max_allowed_loss
    if features:
        settings["pipeline"] = features
    settings.update(params)
    return TradingEnv(TradepipeEnv("market", **settings), window_size)

"""rl-env from Python: an environment in the manner of Gymnasium, over a pipe.

    from tradepipe_env import TradepipeEnv

    env = TradepipeEnv("market", data="testdata/daily/aapl.csv", action="position", steps=250)
    obs, info = env.reset(seed=1)
    obs, reward, terminated, truncated, info = env.step(env.action_space.sample())
    env.close()

Parameters are those of rl-env(1), with "_" where it writes "-" (max_loss=0.2). VectorEnv steps
many copies with one line each way. Neither gymnasium nor numpy is needed: with gymnasium
installed the environment is a gymnasium.Env with its spaces, with numpy observations are arrays
of float32, and without them there are small stand-ins and lists.
"""

import json
import os
import random
import subprocess

try:
    import numpy
except ImportError:
    numpy = None
try:
    import gymnasium
except ImportError:
    gymnasium = None


class Discrete:
    """0 .. n-1, where there is no gymnasium."""

    def __init__(self, n):
        self.n = n
        self.shape = ()
        self._random = random.Random(0)

    def seed(self, seed=None):
        self._random = random.Random(seed)

    def sample(self):
        return self._random.randrange(self.n)

    def contains(self, x):
        return x == int(x) and 0 <= x < self.n


class Box:
    """Numbers between bounds, where there is no gymnasium."""

    def __init__(self, low, high):
        self.low, self.high = list(low), list(high)
        self.shape = (len(self.low),)
        self._random = random.Random(0)

    def seed(self, seed=None):
        self._random = random.Random(seed)

    def sample(self):
        return [self._random.uniform(a, b) for a, b in zip(self.low, self.high)]

    def contains(self, x):
        return len(x) == len(self.low) and all(
            a <= v <= b for a, v, b in zip(self.low, x, self.high)
        )


def _array(values):
    return numpy.array(values, dtype=numpy.float32) if numpy else values


def _plain(x):
    return x.tolist() if hasattr(x, "tolist") else x


def _spaces(spec):
    action, n = spec["action"], spec["obs_size"]
    if gymnasium and numpy:
        inf = numpy.full(n, numpy.inf, dtype=numpy.float32)
        obs = gymnasium.spaces.Box(-inf, inf)
        if action["kind"] == "discrete":
            return obs, gymnasium.spaces.Discrete(action["n"])
        low, high = _array(action["low"]), _array(action["high"])
        return obs, gymnasium.spaces.Box(low, high)
    obs = Box([float("-inf")] * n, [float("inf")] * n)
    if action["kind"] == "discrete":
        return obs, Discrete(action["n"])
    return obs, Box(action["low"], action["high"])


class Server:
    """One rl-env process: request(dict) -> dict."""

    def __init__(self, name, envs=1, records=None, program=None, **params):
        program = program or os.environ.get("RL_ENV", "rl-env")
        command = [program, "--envs", str(envs)]
        if records:
            command += ["--records", records]
        command.append(name)
        for key, value in params.items():
            if isinstance(value, bool):
                value = "true" if value else "false"
            command.append("%s=%s" % (key.replace("_", "-"), value))
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", bufsize=1,
        )
        self.spec = self.request({"cmd": "spec"})

    def request(self, message):
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except (BrokenPipeError, ValueError):
            line = ""
        if not line:
            words = self._process.stderr.read().strip()
            self._process.wait()
            raise RuntimeError(words or "rl-env ended")
        return json.loads(line)

    def close(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()


def _info(answer, i):
    return {key: answer[key][i] for key in ("equity", "ts") if key in answer}


class TradepipeEnv(gymnasium.Env if gymnasium else object):
    """One environment: reset and step as Gymnasium has them."""

    metadata = {"render_modes": []}

    def __init__(self, name="market", **params):
        self._server = Server(name, **params)
        self.spec_of_market = self._server.spec
        self.observation_names = self._server.spec["obs_names"]
        self.action_names = self._server.spec["action"]["names"]
        self.observation_space, self.action_space = _spaces(self._server.spec)

    def reset(self, *, seed=None, options=None):
        del options
        message = {"cmd": "reset"}
        if seed is not None:
            message["seed"] = int(seed)
        answer = self._server.request(message)
        return _array(answer["obs"][0]), _info(answer, 0)

    def step(self, action):
        answer = self._server.request({"cmd": "step", "action": [_plain(action)]})
        return (
            _array(answer["obs"][0]), answer["reward"][0], answer["terminated"][0],
            answer["truncated"][0], _info(answer, 0),
        )

    def close(self):
        self._server.close()


class VectorEnv:
    """Many copies, one line each way. A copy that ended begins again with the next seed; its last
    observation is in infos["final_obs"][i]."""

    def __init__(self, name="market", envs=8, **params):
        self._server = Server(name, envs=envs, **params)
        self.num_envs = envs
        self.single_observation_space, self.single_action_space = _spaces(self._server.spec)

    def reset(self, *, seed=None):
        message = {"cmd": "reset"}
        if seed is not None:
            message["seed"] = int(seed)
        answer = self._server.request(message)
        return _array(answer["obs"]), {}

    def step(self, actions):
        answer = self._server.request({"cmd": "step", "action": [_plain(a) for a in actions]})
        obs, infos = answer["obs"], {}
        ended = [
            i for i in range(self.num_envs) if answer["terminated"][i] or answer["truncated"][i]
        ]
        if ended:
            infos["final_obs"] = {i: _array(obs[i]) for i in ended}
            fresh = self._server.request({"cmd": "reset", "env": ended})["obs"]
            for i, row in zip(ended, fresh):
                obs[i] = row
        return (
            _array(obs), _array(answer["reward"]), answer["terminated"], answer["truncated"],
            infos,
        )

    def close(self):
        self._server.close()

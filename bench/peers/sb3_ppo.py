# sb3_ppo.py defaults|best: PPO of Stable-Baselines3 on an environment of 21 observations and two
# actions; prints steps, wall seconds and CPU seconds, separated by tabs.
import math
import sys
import time

import gymnasium
import numpy
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env

SEEN = 20


class Sine(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-numpy.inf, numpy.inf, (SEEN + 1,), numpy.float32)
    action_space = gymnasium.spaces.Discrete(2)

    def price(self, t):
        return 100 + 5 * math.sin(2 * math.pi * (t + self.phase) / 40)

    def obs(self):
        p = [self.price(self.t - SEEN + i) for i in range(SEEN + 1)]
        return numpy.array([b - a for a, b in zip(p, p[1:])] + [self.held], numpy.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.phase = int(self.np_random.integers(40))
        self.t = self.held = 0
        return self.obs(), {}

    def step(self, action):
        gain = action * (self.price(self.t + 1) - self.price(self.t))
        reward = gain - 0.2 * abs(int(action) - self.held)
        self.held = int(action)
        self.t += 1
        return self.obs(), float(reward), False, self.t >= 200, {}


envs, steps, how = {
    "defaults": (1, 20480, {}),
    "best": (32, 40960, {"n_steps": 128, "batch_size": 256, "n_epochs": 4}),
}[sys.argv[1]]
model = PPO("MlpPolicy", make_vec_env(Sine, envs), device="cpu", **how)
wall, cpu = time.perf_counter(), time.process_time()
model.learn(steps)
print(steps, time.perf_counter() - wall, time.process_time() - cpu, sep="\t")

"""What test/rl-env.bats runs: python3 test_env.py DATA, with rl-env in PATH."""

import sys

import tensortrade_adapter
from tradepipe_env import TradepipeEnv, VectorEnv


def check(condition, words):
    if not condition:
        raise SystemExit("not ok: " + words)


def episode(env, seed, policy):
    obs, info = env.reset(seed=seed)
    rewards, seen, end = [], [list(obs)], False
    while not end:
        obs, reward, terminated, truncated, info = env.step(policy(len(rewards)))
        rewards.append(reward)
        seen.append(list(obs))
        end = terminated or truncated
    return rewards, seen, info


def main(data):
    params = dict(data=data, steps=50, random_start=True, weight=0.5)
    env = TradepipeEnv("market", **params)
    check(env.action_names == ["short", "flat", "long"], "names of the actions")
    check(env.observation_space.shape == (len(env.observation_names),), "shape of obs")
    one = episode(env, 5, lambda i: i % 3)
    two = episode(env, 5, lambda i: i % 3)
    check(len(one[0]) == 50 and one == two, "the same seed and actions: the same episode")
    three = episode(env, 6, lambda i: i % 3)
    check(one[1] != three[1], "another seed: another episode")

    vector = VectorEnv("market", envs=4, **params)
    vector.reset(seed=5)
    sums, ended = [0.0] * 4, 0
    for i in range(50):
        _, rewards, terminated, truncated, infos = vector.step([i % 3] * 4)
        sums = [a + float(b) for a, b in zip(sums, rewards)]
        ended += len(infos.get("final_obs", {}))
    check(ended == 4, "all four ended after 50 steps and began again")
    check(abs(sums[0] - sum(one[0])) < 1e-6, "copy 0 earns what the single one earned")
    check(abs(sums[1] - sum(three[0])) < 1e-6, "copy 1, with the seed after it, too")
    vector.step([0] * 4)
    vector.close()

    try:
        env.step(7)
        check(False, "an action that is none must fail")
    except RuntimeError as words:
        check("none of 0 to 2" in str(words) or "no episode" in str(words), str(words))
    env.close()

    old = tensortrade_adapter.create(
        data, action_scheme="managed-risk", reward_scheme="risk-adjusted", window_size=5,
        commission=0.001, max_allowed_loss=0.5, steps=30)
    obs = old.reset()
    check(len(obs) == 5, "a window of five")
    done = False
    while not done:
        obs, _, done, info = old.step(old.action_space.sample())
    check(len(old.performance) == 31 and info["net_worth"] > 0, "net worth of each step")
    check(0 <= info["account"]["cash"] <= 1.01, "the account is told")
    old.close()
    print("ok")


main(sys.argv[1])

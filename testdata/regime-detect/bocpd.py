"""Adams and MacKay's run-length posterior, exactly: every run length is kept, the predictive
density is Student's t as in the textbook, by math.lgamma and math.log. Prints ret, the expected
run length and P(run length <= 10) after each return. For bocpd.csv:

	python3 bocpd.py >bocpd.csv
"""
import math
import random

HAZARD, KAPPA, ALPHA, SCALE, RECENT = 0.01, 1.0, 1.0, 0.01, 10


def log_t(x, nu, mu, s2):
    return (math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi * s2)
            - (nu + 1) / 2 * math.log1p((x - mu) ** 2 / (nu * s2)))


def main():
    random.seed(7)
    xs = [round(random.gauss(0.0005, 0.008), 6) for _ in range(150)]
    xs += [round(random.gauss(-0.001, 0.025), 6) for _ in range(80)]
    xs += [round(random.gauss(0.01, 0.006), 6) for _ in range(70)]
    p = [1.0]
    par = [(0.0, KAPPA, ALPHA, ALPHA * SCALE * SCALE)]
    print("ret,length,recent")
    for x in xs:
        like = [math.exp(log_t(x, 2 * a, m, b * (k + 1) / (a * k))) for m, k, a, b in par]
        grown = [q * f * (1 - HAZARD) for q, f in zip(p, like)]
        p = [HAZARD * sum(q * f for q, f in zip(p, like))] + grown
        total = sum(p)
        p = [q / total for q in p]
        par = [(0.0, KAPPA, ALPHA, ALPHA * SCALE * SCALE)] + [
            ((k * m + x) / (k + 1), k + 1, a + 0.5, b + k * (x - m) ** 2 / (2 * (k + 1)))
            for m, k, a, b in par]
        length = sum(r * q for r, q in enumerate(p))
        print("%r,%.15g,%.15g" % (x, length, sum(p[:RECENT + 1])))


main()

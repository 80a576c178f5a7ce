#!/usr/bin/env python3
"""Prints fresh random data in the shape of airquality.csv; the same seed always gives the same bytes.

    ./make_data.py --seed 7 --days 200 > airquality-7.csv
"""
import argparse
import random


def rows(seed: int, days: int):
    """Daily values: ozone follows sun, wind and temperature plus noise; one in eight ozone and one in twenty sun values
    are missing, as in the real data."""
    rng = random.Random(seed)
    sun, wind, temp = rng.uniform(0.02, 0.1), rng.uniform(-5, -2), rng.uniform(1, 2.5)
    for day in range(days):
        solar, w, t = rng.randint(7, 334), round(rng.uniform(1.7, 20.7), 1), rng.randint(56, 97)
        ozone = max(1, round(40 + sun * (solar - 185) + wind * (w - 10) + temp * (t - 78) + rng.gauss(0, 15)))
        yield ("NA" if rng.random() < 1 / 8 else ozone, "NA" if rng.random() < 1 / 20 else solar, w, t,
               5 + day // 30 % 8, 1 + day % 30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--days", type=int, default=153)
    args = parser.parse_args()
    print("Ozone,Solar.R,Wind,Temp,Month,Day")
    for row in rows(args.seed, args.days):
        print(*row, sep=",")


if __name__ == "__main__":
    main()

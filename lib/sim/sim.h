/*
 * ibkr-sim: an IB Gateway to test against. It speaks the server side of the TWS socket protocol
 * on 127.0.0.1, plays market data from files or made up from a seed, matches orders by the rules
 * of the paper venue, and misbehaves as a scenario file tells it to (man/ibkr-sim.1).
 */
#ifndef TP_SIM_SIM_H
#define TP_SIM_SIM_H

#include "stage/stage.h"

extern const struct stage_kind ibkr_sim_kind;

/* The program: its own poll loop. Exit status. */
int
ibkr_sim_main(int argc, char **argv);

#endif

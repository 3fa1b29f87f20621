/* pipe-run: a whole pipeline in one process. */
#ifndef TP_STAGE_PIPERUN_H
#define TP_STAGE_PIPERUN_H

int
pipe_run_main(int argc, char **argv); /* exit status */

#endif

#include "perf/perf_report.h"

int
main(int argc, char **argv)
{
	return stage_main(&perf_report_kind, argc, argv);
}

#include <string.h>

#include "pattern/chart.h"

static const char *const names[CHART_NTYPES] = {
	"head_shoulders_top",
	"head_shoulders_bottom",
	"double_top",
	"double_bottom",
	"triple_top",
	"triple_bottom",
	"rectangle_top",
	"rectangle_bottom",
	"ascending_triangle",
	"descending_triangle",
	"symmetrical_triangle_top",
	"symmetrical_triangle_bottom",
	"broadening_top",
	"broadening_bottom",
	"rising_wedge",
	"falling_wedge",
	"bull_flag",
	"bear_flag",
	"bull_pennant",
	"bear_pennant",
	"channel_up",
	"channel_down",
	"cup_with_handle",
	"inverted_cup_with_handle",
	"range_breakout_up",
	"range_breakout_down",
};

const char *
chart_name(enum chart_type t)
{
	return names[t];
}

const char *
chart_state_name(enum chart_state s)
{
	static const char *const words[] = { "formed", "confirmed", "failed", "expired" };

	return words[s];
}

enum chart_type
chart_type_of(const char *name, size_t n)
{
	for (int t = 0; t < CHART_NTYPES; t++)
		if (strlen(names[t]) == n && memcmp(names[t], name, n) == 0)
			return (enum chart_type)t;
	return CHART_NTYPES;
}

const char *
chart_feature_name(size_t i)
{
	static const char *const all[CHART_NFEATURES] = {
		"chart.head_shoulders_top",
		"chart.head_shoulders_bottom",
		"chart.double_top",
		"chart.double_bottom",
		"chart.triple_top",
		"chart.triple_bottom",
		"chart.rectangle_top",
		"chart.rectangle_bottom",
		"chart.ascending_triangle",
		"chart.descending_triangle",
		"chart.symmetrical_triangle_top",
		"chart.symmetrical_triangle_bottom",
		"chart.broadening_top",
		"chart.broadening_bottom",
		"chart.rising_wedge",
		"chart.falling_wedge",
		"chart.bull_flag",
		"chart.bear_flag",
		"chart.bull_pennant",
		"chart.bear_pennant",
		"chart.channel_up",
		"chart.channel_down",
		"chart.cup_with_handle",
		"chart.inverted_cup_with_handle",
		"chart.range_breakout_up",
		"chart.range_breakout_down",
		"chart.direction",
		"chart.open",
		"chart.age",
		"chart.target_atr",
		"chart.stop_atr",
	};

	return i < CHART_NFEATURES ? all[i] : NULL;
}

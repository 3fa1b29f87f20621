/* The tool gaf-encode: bars -> images. */
#ifndef TP_GAF_ENCODE_H
#define TP_GAF_ENCODE_H

#include "stage/stage.h"

extern const struct stage_kind gaf_encode_kind;

#endif

#ifndef TP_VISION_RESNET_CLASSIFY_H
#define TP_VISION_RESNET_CLASSIFY_H

#include "stage/stage.h"

extern const struct stage_kind resnet_classify_kind;

#endif

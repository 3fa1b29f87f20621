/* Options of resnet-train. */
#include "vision/resnet_train.h"

#define G(f) OPT_OFF(struct train_opts, f)
#define TEXT(n, a, h, f) \
	{ \
		.kind = OPT_STR, .name = n, .arg = a, .help = h, .off = G(f) \
	}
#define LIST(n, a, h, d, f) \
	{ \
		.kind = OPT_LIST, .name = n, .arg = a, .help = h, .dflt = d, .off = G(f) \
	}
#define REAL(n, a, h, d, f) \
	{ \
		.kind = OPT_F64, .name = n, .arg = a, .help = h, .dflt = d, .off = G(f) \
	}
#define FLAG(n, h, f) \
	{ \
		.kind = OPT_FLAG, .name = n, .help = h, .off = G(f) \
	}
#define COUNT(n, h, d, f, l, m) \
	{ \
		.kind = OPT_INT, .name = n, .arg = "N", .help = h, .dflt = d, .off = G(f), \
		.lo = l, .hi = m \
	}
#define CHOICE(n, h, d, c, f) \
	{ \
		.kind = OPT_CHOICE, .name = n, .arg = "WHAT", .help = h, .dflt = d, .choices = c, \
		.off = G(f) \
	}

/* clang-format off */
static const struct opt options[] = {
	LIST("train", "FILE,...", "labelled images to learn from; - is standard input", NULL, train),
	LIST("valid", "FILE,...", "images to choose the epoch and the temperature by", NULL, valid),
	LIST("test", "FILE,...", "images to judge the result by, and nothing else", NULL, test),
	TEXT("out", "MODEL.onnx", "the model, once it is trained", out),
	COUNT("seed", "of all chance", "1", seed, 0, INT64_MAX),
	TEXT("name", "NAME", "of the network in the file (default: resnet and its depth)", name),

	REAL("split", "PART", "without --valid: the part of the images held out; 0: none", "0.2", split),
	CHOICE("split-by", "hold out the last in time, whole symbols, or the last of whole symbols",
	    "time", "time|symbol|both", split_by),
	{ .kind = OPT_SPAN, .name = "embargo", .arg = "SPAN", .dflt = "0s", .off = G(embargo),
	  .help = "kept free between what is learned from and what is held out" },

	COUNT("rows", "the last rows of an image that the network sees; 0: all", "0", rows, 0, 4096),
	COUNT("depth", "of a CIFAR network: 6n+2 (8, 14, 20, ...), n blocks in each of 3 stages", "0", depth, 0, 602),
	LIST("blocks", "N,...", "blocks in each stage (default: 1,1,1)", NULL, blocks),
	LIST("widths", "N,...", "channels of each stage (default: 16, then twice as many each)", NULL, widths),
	LIST("strides", "N,...", "stride of each stage: 1 or 2 (default: 1, then 2)", NULL, strides),
	CHOICE("pool", "what the head sees of each channel: its mean, all of it, or the mean of each row",
	    "mean", "mean|flat|rows", pool),
	COUNT("hidden", "width of a dense layer before the last; 0: none", "0", hidden, 0, 4096),
	REAL("dropout", "P", "part of the features dropped in training", "0", dropout),

	COUNT("epochs", "times that all images are seen", "30", epochs, 1, 1000000),
	COUNT("batch", "images in a step", "64", batch, 1, 65536),
	CHOICE("optimizer", "how weights move: sgd (with momentum) or adamw", "adamw", "sgd|adamw", optimizer),
	REAL("lr", "RATE", "learning rate after the warm-up", "0.002", lr),
	REAL("final-lr", "PART", "the last learning rate, as a part of --lr", "0.01", final_lr),
	REAL("momentum", "M", "of sgd", "0.9", momentum),
	REAL("weight-decay", "D", "of weights; not of biases and normalisations", "0.01", weight_decay),
	REAL("warmup", "EPOCHS", "epochs in which the learning rate rises", "1", warmup),
	REAL("clip", "NORM", "scale gradients down to this norm; 0: never", "5", clip),
	REAL("smoothing", "P", "label smoothing", "0", smoothing),
	REAL("mixup", "ALPHA", "mix pairs of images by Beta(ALPHA, ALPHA), at most 1; 0: never", "0", mixup),
	REAL("jitter", "SD", "normal noise added to the pixels", "0", jitter),
	FLAG("balance", "draw every class equally often", balance),
	CHOICE("class-weights", "what makes up for classes being rare", "none", "none|balanced|prior", class_weights),
	COUNT("patience", "stop after so many epochs that were no better; 0: never", "0", patience, 0, 1000000),
	CHOICE("select", "what is better: loss or accuracy of the images held out", "loss", "loss|accuracy", select),

	TEXT("checkpoint", "FILE", "where training can be taken up again", checkpoint),
	COUNT("checkpoint-every", "steps between checkpoints; 0: at each epoch's end only", "0",
	    checkpoint_every, 0, INT64_MAX),
	FLAG("resume", "go on from the checkpoint if it is there", resume),
	TEXT("metrics", "FILE", "a line of JSON for each epoch", metrics),
	COUNT("resamples", "bootstrap samples for the intervals", "1000", resamples, 0, 100000),
	CHOICE("report", "the result on standard output", "text", "text|json", report),
	COUNT("threads", "threads, at most 8; the result does not depend on them", "1", threads, 1, 64),
	{ 0 },
};
/* clang-format on */

static int
not_here(struct stage *st)
{
	return stage_fail(st, ERR_USAGE, "trains from files; it is no part of a pipeline");
}

const struct stage_kind resnet_train_kind = {
	.name = "resnet-train",
	.about = "labelled images -> a residual network as .onnx",
	.opts = options,
	.size = sizeof(struct train_opts),
	.open = not_here,
};

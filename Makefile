# tradepipe: one Makefile, no configure, no list of files.
#
#	make [all]     build/bin/TOOL for every cmd/TOOL.c
#	make run       install what is missing, build, run the demo
#	make run-live  the same with a live pipeline against a simulated gateway
#	make test      install what is missing, build, run every test
#	make models    train the models that are shipped anew; half an hour or more
#	make check     the quick part of the tests, nothing installed
#	make asan tsan the whole suite under the sanitizers
#	make cover     the whole suite, line and branch coverage per room
#	make fuzz      FUZZ_SECONDS of libFuzzer for each test/fuzz/TARGET.c
#	make bench     our speed beside that of others, appended to BENCHMARKS.md
#	make lint layers
#	make install uninstall    PREFIX (/usr/local), DESTDIR
#
# CC, CFLAGS, LDFLAGS, PREFIX and DESTDIR from the environment or the command line win.
# V=1 shows the commands, WERROR=1 makes warnings errors, BUILD=DIR builds elsewhere,
# SKIP='lib/x/y.c ...' leaves files out.

VERSION := 0.1.0
BUILD ?= build
FLAVOUR ?= release
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS ?= 60

ifeq ($(origin CC),default)
CC := gcc
endif

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- flags ----------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wvla $(if $(WERROR),-Werror)
# -ffp-contract=off: a golden file made here must hold on the next machine.
BASE := -std=c17 -D_GNU_SOURCE -DTP_VERSION='"$(VERSION)"' -Ilib -ffp-contract=off $(WARN)
LIBS := -ljansson -lcsv -lz -lpng -lprotobuf-c -lm

HARDEN := -fstack-protector-strong -fno-plt -fPIE
FLAGS_release = $(HARDEN) $(if $(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
LINK_release := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
OPT_release = -O2 -g $(HOT)
FLAGS_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_asan := -fsanitize=address,undefined
OPT_asan := -O1 -g
FLAGS_tsan := -fsanitize=thread -fno-omit-frame-pointer -fPIE
LINK_tsan := -fsanitize=thread -pie
OPT_tsan := -O1 -g
FLAGS_cover := --coverage -fprofile-update=atomic -DTP_COVER
LINK_cover := --coverage
OPT_cover := -O0 -g
FLAGS_fuzz := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LINK_fuzz := -fsanitize=fuzzer,address,undefined
OPT_fuzz := -O1 -g
FLAGS_lint := $(HARDEN)
OPT_lint := -O2
ifeq ($(origin CFLAGS),undefined)
CFLAGS = $(OPT_$(FLAVOUR))
endif
COMPILE = $(CC) $(BASE) $(FLAGS_$(FLAVOUR)) $(CFLAGS)
LINK = $(CC) $(FLAGS_$(FLAVOUR)) $(CFLAGS) $(LINK_$(FLAVOUR)) $(LDFLAGS)

# ---- files: found, not listed ---------------------------------------------------------------
F := $(BUILD)/$(FLAVOUR)
O := $(F)/obj
BIN := $(if $(filter release,$(FLAVOUR)),$(BUILD)/bin,$(F)/bin)
LIB := $(F)/libtradepipe.a
LIB_SRC := $(filter-out $(SKIP),$(sort $(wildcard lib/*/*.c)))
LIB_OBJ := $(LIB_SRC:lib/%.c=$(O)/%.o) $(O)/catalogue.o $(O)/onnx.pb-c.o
TOOLS := $(patsubst cmd/%.c,%,$(filter-out $(SKIP),$(sort $(wildcard cmd/*.c))))
UNITS := $(patsubst test/unit/%.c,%,$(filter-out $(SKIP),$(sort $(wildcard test/unit/*.c))))
FUZZERS := $(patsubst test/fuzz/%.c,%,$(sort $(wildcard test/fuzz/*.c)))
BENCHES := $(patsubst bench/%.c,%,$(sort $(wildcard bench/*.c)))
PAGES := $(sort $(wildcard man/*.[1-8]))

Q := $(if $(V),,@)
say = @$(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),:,printf '%-5s %s\n')
sub = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

# ---- building -------------------------------------------------------------------------------
.PHONY: all tools units fuzzers benches FORCE
all: $(TOOLS:%=$(BIN)/%)
tools: all
units: $(UNITS:%=$(F)/unit/%)
fuzzers: $(FUZZERS:%=$(F)/%)
benches: $(BENCHES:%=$(F)/bench/%)

# The codec and the bars are where the time goes; so do the indicators and the kernels.
$(O)/rec/%.o $(O)/bars/%.o $(O)/feat/%.o $(O)/pattern/%.o $(O)/regime/%.o: HOT := -O3
$(O)/gaf/%.o $(O)/nn/%.o $(O)/onnx/%.o: HOT := -O3
# Neither changes a value: exception flags and errno, which nobody reads, may go wrong.
$(O)/feat/ta_%.o: HOT := -O3 -fno-trapping-math -fno-math-errno

# A kernel for a wider instruction set stands in a file named after it and is chosen at run time.
# Networks (nn, onnx) may contract a * b + c: half their speed, compared with a tolerance.
ifeq ($(shell uname -m),x86_64)
$(O)/%_avx2.o: ISA += -mavx2 -mfma
$(O)/%_avx512.o: ISA += -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma
endif
$(O)/nn/%.o $(O)/onnx/%.o: ISA += -ffp-contract=fast

$(O)/%.o: lib/%.c $(F)/flags
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(ISA) -MMD -MP -c -o $@ $<

$(F)/%.o: %.c $(F)/flags
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -Itest -c -o $@ $<

$(O)/catalogue.o: $(BUILD)/catalogue.c $(F)/flags
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# The format of .onnx files, by the description that comes with Debian's libonnx-dev.
ONNX_PROTO := $(firstword $(wildcard /usr/include/onnx/onnx.proto /usr/local/include/onnx/onnx.proto))
$(BUILD)/gen/onnx.pb-c.c: $(ONNX_PROTO)
	$(say) GEN $@
	$(Q)mkdir -p $(@D)
	$(Q)protoc-c -I$(dir $(ONNX_PROTO)) --c_out=$(@D) $(ONNX_PROTO)
$(BUILD)/gen/onnx.pb-c.h: $(BUILD)/gen/onnx.pb-c.c
$(O)/onnx.pb-c.o: $(BUILD)/gen/onnx.pb-c.c $(F)/flags
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Wno-cast-qual -MMD -MP -c -o $@ $<
$(filter $(O)/onnx/%,$(LIB_OBJ)): | $(BUILD)/gen/onnx.pb-c.h
$(O)/onnx/%.o: ISA += -isystem $(BUILD)/gen

$(LIB): $(LIB_OBJ) $(F)/sources
	$(say) AR $@
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

$(BIN)/%: $(F)/cmd/%.o $(LIB)
	$(say) LD $@
	$(Q)mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(F)/unit/%: $(F)/test/unit/%.o $(LIB)
	$(say) LD $@
	$(Q)mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(F)/bench/%: $(F)/bench/%.o $(LIB)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(LIBS)

$(FUZZERS:%=$(F)/%): $(F)/%: $(F)/test/fuzz/%.o $(LIB)
	$(say) LD $@
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# What the objects depend on besides their sources: the flags, and which sources there are.
# Both are written only when they change.
keep = if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi
$(F)/flags: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(COMPILE) | $(LINK))' >$@.new; $(keep)
$(F)/sources: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(LIB_SRC)' >$@.new; $(keep)

# The catalogue: every `const struct stage_kind X_kind = {` of the library.
$(BUILD)/catalogue.c: FORCE
	@mkdir -p $(@D)
	@kinds=$$(sed -n 's/^const struct stage_kind \([a-z0-9_]*_kind\) = {.*/\1/p' $(LIB_SRC) /dev/null | sort); \
	{ echo '/* Generated: every stage kind of lib/. */'; \
	  echo '#include "stage/stage.h"'; echo; \
	  for k in $$kinds; do echo "extern const struct stage_kind $$k;"; done; \
	  echo 'const struct stage_kind *const stage_kinds[] = {'; \
	  for k in $$kinds; do echo "	&$$k,"; done; \
	  echo '	0,'; echo '};'; } >$@.new; $(keep)

.SECONDARY:
-include $(LIB_OBJ:.o=.d) $(wildcard $(F)/cmd/*.d $(F)/test/*/*.d $(F)/bench/*.d)

# ---- what must be installed -----------------------------------------------------------------
.PHONY: deps deps-lint deps-fuzz deps-bench
DEPS := gcc libc6-dev make libjansson-dev libcsv-dev zlib1g-dev libpng-dev libopenblas0 \
	libprotobuf-c-dev protobuf-c-compiler libonnx-dev libonnx-testdata tzdata bats mandoc jq
deps:
	@.ci/deps $(DEPS)
deps-lint:
	@.ci/deps $(DEPS) clang clang-tidy cppcheck shellcheck
deps-fuzz:
	@.ci/deps $(DEPS) clang libclang-rt-14-dev
deps-bench:
	@.ci/deps $(DEPS) $(if $(shell command -v npm),,nodejs npm) python3-pandas miller mawk time

# ---- running and testing --------------------------------------------------------------------
.PHONY: run run-live test check suite asan tsan cover fuzz bench bench-peers lint layers models
run: deps
	@$(sub) all
	@PATH="$(abspath $(BIN)):$$PATH" examples/demo.sh

# The live pipeline against a simulated gateway; LIVE_SECONDS=10 for a short one.
run-live: deps
	@$(sub) all
	@PATH="$(abspath $(BIN)):$$PATH" examples/live.sh

test: deps
	@$(sub) suite

check:
	@$(sub) suite QUICK=1

suite: all units
	@TP_BIN="$(abspath $(BIN))" TP_BUILD="$(abspath $(F))" JOBS=$(JOBS) QUICK=$(QUICK) \
	    test/run.sh $(UNITS:%=$(F)/unit/%) $(sort $(wildcard test/*.bats))

asan tsan: deps
	@$(sub) FLAVOUR=$@ suite

cover: deps
	@find $(BUILD)/cover -name '*.gcda' -delete 2>/dev/null || :
	@status=0; $(sub) FLAVOUR=cover suite || status=1; \
	    test/cover.sh $(BUILD)/cover/obj || status=1; exit $$status

fuzz: deps-fuzz
	@$(sub) FLAVOUR=fuzz CC=clang fuzzers
	@test/fuzz.sh $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZERS)

bench: deps-bench
	@$(sub) all benches
	@TP_BIN="$(abspath $(BIN))" TP_BENCH="$(abspath $(F))/bench" bench/run.sh $(abspath $(BUILD))/bench

# What our speed is compared with and no package has built: bench/peers/NAME.sh fetches and builds
# each into build/peers, outside the tree that is kept.
bench-peers: deps-bench
	@for p in bench/peers/*.sh; do [ ! -e "$$p" ] || "$$p" "$(abspath $(BUILD))/peers" || exit; done

lint: deps-lint
	@$(sub) WERROR=1 FLAVOUR=lint BUILD=$(BUILD)/lint-gcc CC=gcc all units benches
	@$(sub) WERROR=1 FLAVOUR=lint BUILD=$(BUILD)/lint-clang CC=clang all units benches
	@test/lint.sh
	@test/layers.sh

layers:
	@test/layers.sh

# The models that are shipped, made anew: each models/NAME.sh writes models/NAME.onnx and its card.
models: deps
	@$(sub) all
	@for m in models/*.sh; do \
	    PATH="$(abspath $(BIN)):$$PATH" BUILD="$(abspath $(BUILD))" "$$m" || exit; done

# ---- installing -----------------------------------------------------------------------------
.PHONY: install uninstall clean
bindir = $(DESTDIR)$(PREFIX)/bin
mandir = $(DESTDIR)$(PREFIX)/share/man
compdir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
modeldir = $(DESTDIR)$(PREFIX)/share/tradepipe/models
MODELS := $(wildcard models/*.onnx models/*.md)

install: all
	install -d '$(bindir)' '$(compdir)' '$(modeldir)'
	install $(TOOLS:%=$(BIN)/%) '$(bindir)'
	@for p in $(PAGES); do s=$${p##*.}; \
	    install -D -m 644 $$p "$(mandir)/man$$s/$${p#man/}" || exit; done
	@for t in $(TOOLS); do $(BIN)/$$t --completion bash >"$(compdir)/$$t" || exit; done
	$(if $(MODELS),install -m 644 $(MODELS) '$(modeldir)')

uninstall:
	rm -f $(TOOLS:%='$(bindir)/%') $(TOOLS:%='$(compdir)/%')
	rm -f $(foreach p,$(PAGES:man/%=%),'$(mandir)/man$(patsubst .%,%,$(suffix $p))/$p')
	rm -rf '$(DESTDIR)$(PREFIX)/share/tradepipe'

clean:
	rm -rf $(BUILD)

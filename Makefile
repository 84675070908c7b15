# Tine: build, run, test, debug. `make help` lists the targets and variables.

CROSS_COMPILE ?= x86_64-linux-gnu-
CC      := $(CROSS_COMPILE)gcc
LD      := $(CROSS_COMPILE)ld
NM      := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
NASM    ?= nasm
PYTHON  := /usr/bin/python3

# The variables of every target. Exported: scripts/ reads them from the environment.
DEBUG     ?= 0
V         ?= 0
SMP       ?= 1
MEM       ?= 512
CPU       ?= max
CMDLINE   ?=
INITRAMFS ?=
PROG      ?=
ROI       ?=
ICOUNT    ?= 0
KVM       ?= 0
QEMU_ARGS ?=
GDB_PORT  ?= $(shell expr 20000 + $$(id -u) % 10000)
export DEBUG V SMP MEM CPU CMDLINE INITRAMFS ICOUNT KVM QEMU_ARGS GDB_PORT WERROR

Q       := $(if $(filter 1,$(V)),,@)
B       := build/$(if $(filter 1,$(DEBUG)),debug,default)
GOALS   := $(or $(MAKECMDGOALS),all)
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

# ---- Debian packages --------------------------------------------------------------------------
# Looked for before anything else is, since even this file asks the compiler questions.

ifneq ($(filter-out help clean,$(GOALS)),)
GROUPS := build $(if $(filter run debug gdb profile test unit oracle%,$(GOALS)),run) \
          $(if $(filter programs test,$(GOALS)),programs) \
          $(if $(filter gdb test unit oracle%,$(GOALS)),test)
$(if $(shell scripts/deps $(GROUPS) 1>&2 || echo missing),$(error Debian packages are missing))
endif

# ---- the kernel -------------------------------------------------------------------------------

KERNEL_DIRS := lib arch/x86/boot arch/x86/entry arch/x86/kernel arch/x86/mm kernel kernel/futex kernel/locking \
               kernel/time kernel/trace kernel/sched mm drivers drivers/tty fs fs/proc init
C_SRC   := $(sort $(foreach d,$(KERNEL_DIRS),$(wildcard $(d)/*.c)))
ASM_SRC := $(sort $(foreach d,$(KERNEL_DIRS),$(wildcard $(d)/*.asm)))
C_SRC   := $(filter-out arch/x86/entry/offsets.c,$(C_SRC))
OBJ     := $(C_SRC:%.c=$(B)/%.o) $(ASM_SRC:%.asm=$(B)/%.asm.o)

GCC_INCLUDE := $(shell $(CC) -print-file-name=include)
CPPFLAGS := -nostdinc -isystem $(GCC_INCLUDE) -Iinclude -Iinclude/uapi -Iarch/x86/include \
            -I$(B)/gen -Ibuild/uapi -DTINE_DEBUG=$(DEBUG)
CFLAGS  := -std=gnu11 -O2 -g -ffreestanding -fno-pie -no-pie -mcmodel=kernel -mno-red-zone \
           -mgeneral-regs-only -fno-asynchronous-unwind-tables -fno-omit-frame-pointer \
           -fno-optimize-sibling-calls -fno-strict-aliasing -fno-common -fno-stack-protector \
           -fcf-protection=none -fno-delete-null-pointer-checks -Wall -Wextra -Wvla -Wno-unused-parameter \
           -Wmissing-prototypes -Wstrict-prototypes -Wframe-larger-than=2048 \
           $(if $(filter 1,$(WERROR)),-Werror)
UBSAN   := -fsanitize=undefined -fsanitize=bounds-strict -fno-sanitize=alignment,null,vptr
CFLAGS  += $(if $(filter 1,$(DEBUG)),$(UBSAN))

all:

# The uapi headers of linux-libc-dev, and nothing else of /usr/include.
build/uapi/.stamp:
	$(Q)mkdir -p build/uapi
	$(Q)ln -sfn /usr/include/linux build/uapi/linux
	$(Q)ln -sfn /usr/include/asm-generic build/uapi/asm-generic
	$(Q)ln -sfn /usr/include/x86_64-linux-gnu/asm build/uapi/asm
	$(Q)touch $@

# The numbers of int 0x80 under names of their own: __NR_ia32_read beside __NR_read.
build/uapi/unistd_ia32.h: build/uapi/.stamp
	$(Q)sed 's/__NR_/__NR_ia32_/' build/uapi/asm/unistd_32.h > $@

UAPI := build/uapi/.stamp build/uapi/unistd_ia32.h

$(B)/%.o: %.c $(UAPI)
	$(Q)mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  CC      $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/%.asm.o: %.asm $(B)/gen/offsets.inc
	$(Q)mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  NASM    $<")
	$(Q)$(NASM) -f elf64 -g -F dwarf -Iarch/x86/entry/ -I$(B)/gen/ -MD $(@:.o=.d) -o $@ $<

# Offsets and constants that assembly needs, taken from the C structures: arch/x86/entry/offsets.c
# emits them as "->NAME value" lines in its assembly output.
$(B)/gen/offsets.inc: arch/x86/entry/offsets.c $(UAPI)
	$(Q)mkdir -p $(@D) $(B)/arch/x86/entry
	@$(if $(filter 1,$(V)),,echo "  GEN     $@")
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(UBSAN),$(CFLAGS)) -MMD -MT $@ -MF $(B)/gen/offsets.d -S $< -o $(B)/gen/offsets.s
	$(Q)sed -n 's/^->\([A-Z0-9_]*\) \$$\{0,1\}\(-\{0,1\}[0-9]*\)$$/%define \1 \2/p' $(B)/gen/offsets.s > $@

# Linked twice: the symbol table for backtraces (scripts/ksyms.py) is made from the first pass.
$(B)/tine.elf: $(OBJ) linker.ld scripts/ksyms.py
	@$(if $(filter 1,$(V)),,echo "  LD      $@")
	$(Q)$(PYTHON) scripts/ksyms.py --empty > $(B)/gen/ksyms0.c
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(UBSAN),$(CFLAGS)) -c $(B)/gen/ksyms0.c -o $(B)/gen/ksyms0.o
	$(Q)$(LD) -nostdlib -z max-page-size=0x1000 -z noexecstack -T linker.ld -o $(B)/tine.pass1 $(OBJ) $(B)/gen/ksyms0.o
	$(Q)$(NM) -n $(B)/tine.pass1 | $(PYTHON) scripts/ksyms.py > $(B)/gen/ksyms.c
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(UBSAN),$(CFLAGS)) -c $(B)/gen/ksyms.c -o $(B)/gen/ksyms.o
	$(Q)$(LD) -nostdlib -z max-page-size=0x1000 -z noexecstack -T linker.ld -Map $(B)/tine.map -o $@ $(OBJ) $(B)/gen/ksyms.o

-include $(OBJ:.o=.d) $(B)/gen/offsets.d

# ---- user programs and the initramfs -----------------------------------------------------------

USER_CC     := musl-gcc
USER_LINK   := -static
USER_CFLAGS := -std=gnu11 -O2 -g -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -Wstrict-prototypes \
               -idirafter build/uapi -Iinclude/uapi $(if $(filter 1,$(WERROR)),-Werror)
USER_SRC    := $(sort $(wildcard user/*.c))
TEST_SRC    := $(sort $(wildcard user/tests/*.c user/tests/tine/*.c))
USER_BIN    := $(USER_SRC:user/%.c=build/user/%)
TEST_BIN    := $(TEST_SRC:user/%.c=build/user/%)
BUSYBOX     ?= /bin/busybox
OUR_CPIO    := build/initramfs.cpio
PROGRAMS    := build/programs.cpio
BASE_FILES  := $(shell find user/rootfs -type f) $(BUSYBOX) scripts/mkinitramfs Makefile
BASE_ENTRIES := tree:user/rootfs dir:dev dir:proc dir:root:700 dir:tmp:1777 dir:sys dir:mnt \
		char:dev/console:5:1 char:dev/null:1:3 \
		file:sbin/init:build/user/init link:init:/sbin/init file:sbin/run-tests:build/user/run_tests \
		file:bin/fork-demo:build/user/fork_demo file:bin/ptyrun:build/user/ptyrun

# Tests that are to run with glibc have names that say so.
build/user/tests/%_glibc: USER_CC := $(CC) -pthread
build/user/tests/%_static_pie: USER_CC := $(CC) -fPIE
build/user/tests/%_static_pie: USER_LINK := -static-pie

build/user/%: user/%.c $(UAPI)
	$(Q)mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  USERCC  $<")
	$(Q)$(USER_CC) $(USER_LINK) $(USER_CFLAGS) -MMD -MP -MF $@.d -o $@ $<

# The benchmark: one program of several files, the same on both kernels.
BENCH_SRC  := $(sort $(wildcard user/bench/*.c))
BENCH_BIN  := build/user/bench/bench
BENCH_CPIO := build/bench.cpio

$(BENCH_BIN): $(BENCH_SRC) user/bench/bench.h $(UAPI)
	$(Q)mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  USERCC  $@")
	$(Q)$(USER_CC) $(USER_LINK) $(USER_CFLAGS) -o $@ $(BENCH_SRC)

$(BENCH_CPIO): $(BENCH_BIN) $(BASE_FILES)
	@$(if $(filter 1,$(V)),,echo "  CPIO    $@")
	$(Q)scripts/mkinitramfs $@ dir:dev dir:proc dir:tmp char:dev/console:5:1 char:dev/null:1:3 \
		file:sbin/bench:$(BENCH_BIN) file:bin/sh:$(BUSYBOX):755

# Changes when a program is added or taken away: then no file is newer than the archive.
build/user/list: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo $(USER_BIN) $(TEST_BIN) | cmp -s - $@ || echo $(USER_BIN) $(TEST_BIN) > $@

# The Makefile is a prerequisite because the list of entries stands here.
$(OUR_CPIO): build/user/list $(USER_BIN) $(TEST_BIN) $(BASE_FILES)
	@$(if $(filter 1,$(V)),,echo "  CPIO    $@")
	$(Q)scripts/mkinitramfs $@ $(BASE_ENTRIES) $(foreach t,$(TEST_BIN),file:$(t:build/user/%=%):$(t)) \
		busybox:$(BUSYBOX)

# Debian's unmodified programs, with the scripts in tests/programs.
$(PROGRAMS): $(USER_BIN) $(BASE_FILES) scripts/mkprograms $(shell find tests/programs -type f)
	@$(if $(filter 1,$(V)),,echo "  CPIO    $@")
	$(Q)scripts/mkprograms $@ $(BASE_ENTRIES) busybox:$(BUSYBOX)

-include $(USER_BIN:=.d) $(TEST_BIN:=.d)

# ---- image, emulator, debugger -------------------------------------------------------------------

USED_CPIO := $(or $(INITRAMFS),$(OUR_CPIO))
ISO       := $(B)/tine.iso

all: iso
kernel: $(B)/tine.elf
initramfs: $(OUR_CPIO)
programs: $(PROGRAMS)

# Made anew each time (a second): it depends on CMDLINE and INITRAMFS.
iso: $(B)/tine.elf $(USED_CPIO)
	@$(if $(filter 1,$(V)),,echo "  ISO     $(ISO)")
	$(Q)scripts/mkiso $(ISO) $(B)/tine.elf $(USED_CPIO) "$$CMDLINE"

run: iso
	$(Q)scripts/qemu --iso $(ISO)

debug: iso
	@echo "QEMU waits for a debugger on port $(GDB_PORT): 'make gdb' in another terminal, then 'continue'."
	$(Q)scripts/qemu --iso $(ISO) -S -gdb tcp:127.0.0.1:$(GDB_PORT)

gdb:
	$(Q)gdb -q -iex "set auto-load safe-path /" -ex "target remote 127.0.0.1:$(GDB_PORT)" \
		-ex "source scripts/gdb/tine.py" $(B)/tine.elf

# Where instructions go. Without CPU= on the plainest model, whose figures the benchmarks compare.
build/profile.so: scripts/profile/count.c scripts/profile/qemu_plugin.h
	$(Q)mkdir -p $(@D)
	$(Q)gcc -std=gnu11 -O2 -Wall -Wextra -Wno-unused-parameter -fPIC -shared -fvisibility=hidden -o $@ $<

profile: $(B)/tine.elf $(USED_CPIO) build/profile.so
	@$(if $(PROG),,echo "PROG=\"/program arguments\" says what to run" >&2; exit 1)
	$(Q)scripts/mkiso build/profile.iso $(B)/tine.elf $(USED_CPIO) \
		"init=$(firstword $(PROG)) -- $(wordlist 2,$(words $(PROG)),$(PROG))"
	$(Q)CPU=$(if $(filter file,$(origin CPU)),qemu64,$(CPU)) scripts/profile/profile.py $(B)/tine.elf \
		build/profile.iso build/profile.so build/profile.json $(if $(ROI),--roi $(ROI))

# ---- tests ---------------------------------------------------------------------------------------

PYTEST := $(PYTHON) -m pytest -q -p no:cacheprovider

test:
	$(Q)$(PYTEST) tests $(PYTEST_ARGS)

unit:
	$(Q)$(PYTEST) tests/unit $(PYTEST_ARGS)

# The user tests on Debian's Linux 6.1 under the same QEMU line; oracle-record keeps what they print.
oracle oracle-record: initramfs
	$(Q)$(PYTEST) tests/boot/test_oracle.py $(if $(filter oracle-record,$@),--record) $(PYTEST_ARGS)

# Any initramfs on Linux, as `make run` does on Tine.
oracle-run: $(USED_CPIO)
	$(Q)scripts/oracle run $(USED_CPIO)

# ---- measuring ------------------------------------------------------------------------------------

# What calls cost on Tine and on Debian's Linux 6.1; the check needs no Linux. See scripts/bench.
bench:
	$(Q)scripts/bench run
bench-report bench-record bench-check bench-baseline:
	$(Q)scripts/bench $(@:bench-%=%)

# ---- the rest ------------------------------------------------------------------------------------

help:
	@scripts/help

clean:
	$(Q)rm -rf build

.PHONY: all kernel initramfs programs iso run debug gdb profile test unit oracle oracle-record oracle-run help clean FORCE
.PHONY: bench bench-report bench-record bench-check bench-baseline
.DELETE_ON_ERROR:

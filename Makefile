# Tine: build, run, test, debug. `make help` lists the targets and variables.

CROSS_COMPILE ?= x86_64-linux-gnu-
CC      := $(CROSS_COMPILE)gcc
LD      := $(CROSS_COMPILE)ld
NM      := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
NASM    ?= nasm
PYTHON  ?= /usr/bin/python3

DEBUG   ?= 0
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)
B       := build/$(if $(filter 1,$(DEBUG)),debug,default)

# ---- the kernel -------------------------------------------------------------------------------

KERNEL_DIRS := lib arch/x86/boot arch/x86/entry arch/x86/kernel arch/x86/mm kernel kernel/locking \
               kernel/time kernel/trace kernel/sched mm drivers fs fs/proc init
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

all: $(B)/tine.elf

# The uapi headers of linux-libc-dev, and nothing else of /usr/include.
build/uapi/.stamp:
	$(Q)mkdir -p build/uapi
	$(Q)ln -sfn /usr/include/linux build/uapi/linux
	$(Q)ln -sfn /usr/include/asm-generic build/uapi/asm-generic
	$(Q)ln -sfn /usr/include/x86_64-linux-gnu/asm build/uapi/asm
	$(Q)touch $@

$(B)/%.o: %.c build/uapi/.stamp
	$(Q)mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  CC      $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/%.asm.o: %.asm $(B)/gen/offsets.inc
	$(Q)mkdir -p $(@D)
	@$(if $(filter 1,$(V)),,echo "  NASM    $<")
	$(Q)$(NASM) -f elf64 -g -F dwarf -Iarch/x86/entry/ -I$(B)/gen/ -MD $(@:.o=.d) -o $@ $<

# Offsets and constants that assembly needs, taken from the C structures: arch/x86/entry/offsets.c
# emits them as "->NAME value" lines in its assembly output.
$(B)/gen/offsets.inc: arch/x86/entry/offsets.c build/uapi/.stamp
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

clean:
	$(Q)rm -rf build

.PHONY: all clean
.DELETE_ON_ERROR:

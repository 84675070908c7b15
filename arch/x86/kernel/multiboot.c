/*
 * multiboot.c - what the boot loader tells: memory map, command line, initramfs, ACPI root pointer.
 *
 * The information lies somewhere in memory that will soon be given away, so all that is needed is
 * copied out of it at once. Only the initramfs stays where it is, reserved until it is unpacked.
 * Multiboot2 Specification, "Boot information format".
 */
#include <arch/acpi.h>
#include <arch/setup.h>
#include <tine/init.h>
#include <tine/page.h>
#include <tine/printk.h>
#include <tine/string.h>

#define MB2_BOOT_MAGIC	0x36d76289
#define MB2_INFO_MAX	(1U << 20)	/* a larger one is not believed */

enum { MB2_END = 0, MB2_CMDLINE = 1, MB2_MODULE = 3, MB2_MMAP = 6, MB2_ACPI_OLD = 14, MB2_ACPI_NEW = 15 };
#define MB2_MEMORY_AVAILABLE 1

/*
 * Memory that the kernel wants to see, beside twice the size of the initramfs (packed and
 * unpacked): struct page array, tables, and room for a shell. With the default initramfs of a few
 * MiB a machine of 64 MiB has it.
 */
#define MIN_MEMORY	(40UL << 20)

/* Below 1 MiB: the BIOS's data, the place (0x8000) for the code that starts other CPUs; video and ROMs. */
#define LOW_RESERVED_END	0x10000
#define VIDEO_ROM_START		0xa0000
#define VIDEO_ROM_END		0x100000

struct mb2_tag {
	u32 type;
	u32 size;
};

struct mb2_module {
	struct mb2_tag tag;
	u32 start, end;
};

struct mb2_mmap_entry {
	u64 base, length;
	u32 type;
	u32 reserved;
};

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size;
	u32 entry_version;
};

char boot_command_line[COMMAND_LINE_SIZE];
phys_addr_t initrd_start, initrd_end;
u8 boot_rsdp[ACPI_RSDP_MAX];
unsigned int boot_rsdp_len;

/* The first tag of @type behind @after (NULL: from the start), or NULL. */
static const struct mb2_tag *find_tag(const void *info, u32 type, const struct mb2_tag *after)
{
	u32 total = *(const u32 *)info;
	u32 at = after ? (const char *)after - (const char *)info + ALIGN_UP(after->size, 8) : 8;

	while (at + sizeof(struct mb2_tag) <= total) {
		const struct mb2_tag *tag = (const void *)((const char *)info + at);

		if (tag->type == MB2_END || tag->size < sizeof(*tag) || tag->size > total - at)
			return NULL;
		if (tag->type == type)
			return tag;
		at += ALIGN_UP(tag->size, 8);
	}
	return NULL;
}

/* GRUB leaves out the path of the kernel; other loaders put it in front. */
static void take_command_line(const void *info)
{
	const struct mb2_tag *tag = find_tag(info, MB2_CMDLINE, NULL);
	const char *text;

	if (!tag)
		return;
	text = (const char *)(tag + 1);
	if (text[0] == '/') {
		text = strchr(text, ' ');
		if (!text)
			return;
	}
	while (*text == ' ')
		text++;
	if (strscpy(boot_command_line, text, sizeof(boot_command_line)) < 0)
		printk("command line cut to %zu bytes\n", sizeof(boot_command_line) - 1);
}

static void take_rsdp(const void *info)
{
	const struct mb2_tag *tag = find_tag(info, MB2_ACPI_NEW, NULL);

	if (!tag)
		tag = find_tag(info, MB2_ACPI_OLD, NULL);
	if (!tag)
		return;
	boot_rsdp_len = min_t(u32, tag->size - sizeof(*tag), sizeof(boot_rsdp));
	memcpy(boot_rsdp, tag + 1, boot_rsdp_len);
}

static void take_modules(const void *info)
{
	const struct mb2_module *module = (const void *)find_tag(info, MB2_MODULE, NULL);

	if (!module || module->end <= module->start)
		return;
	initrd_start = module->start;
	initrd_end = module->end;
	if (find_tag(info, MB2_MODULE, &module->tag))
		printk("more than one boot module: only the first is used\n");
}

static const struct mb2_mmap_entry *mmap_entry(const struct mb2_mmap *map, unsigned int i)
{
	u64 at = sizeof(*map) + (u64)i * map->entry_size;

	if (map->entry_size < sizeof(struct mb2_mmap_entry) || at + sizeof(struct mb2_mmap_entry) > map->tag.size)
		return NULL;
	return (const void *)((const char *)map + at);
}

/* Pass the memory map on; returns how many bytes are usable. */
static u64 take_memory_map(const struct mb2_mmap *map)
{
	const struct mb2_mmap_entry *e;
	u64 usable = 0;

	for (unsigned int i = 0; (e = mmap_entry(map, i)); i++) {
		u64 start = PAGE_ALIGN(e->base), end = ALIGN_DOWN(e->base + e->length, PAGE_SIZE);

		if (e->type != MB2_MEMORY_AVAILABLE || end <= start)
			continue;
		printk("memory: 0x%012llx-0x%012llx usable\n", (unsigned long long)start,
		       (unsigned long long)end - 1);
		memory_add(start, end);
		usable += end - start;
	}
	return usable;
}

/* A range that the firmware calls both usable and taken is taken. */
static void reserve_overlaps(const struct mb2_mmap *map)
{
	const struct mb2_mmap_entry *e, *u;

	for (unsigned int i = 0; (e = mmap_entry(map, i)); i++) {
		if (e->type == MB2_MEMORY_AVAILABLE)
			continue;
		for (unsigned int j = 0; (u = mmap_entry(map, j)); j++) {
			u64 start = max(e->base, u->base);
			u64 end = min(e->base + e->length, u->base + u->length);

			if (u->type == MB2_MEMORY_AVAILABLE && start < end)
				memory_reserve(ALIGN_DOWN(start, PAGE_SIZE), PAGE_ALIGN(end));
		}
	}
}

static void check_enough(u64 usable)
{
	u64 needed = MIN_MEMORY + 2 * (initrd_end - initrd_start);

	if (usable < needed)
		panic("not enough memory: %llu MiB usable, %llu MiB needed (%llu for the kernel, twice %llu KiB "
		      "for the initramfs)", (unsigned long long)usable >> 20, (unsigned long long)needed >> 20,
		      (unsigned long long)MIN_MEMORY >> 20, (unsigned long long)(initrd_end - initrd_start) >> 10);
}

void multiboot_init(u32 magic, phys_addr_t info_phys)
{
	const void *info = __va(info_phys);
	const struct mb2_mmap *map;
	u64 usable;

	if (magic != MB2_BOOT_MAGIC)
		panic("not started by a Multiboot2 boot loader: magic %#x", magic);
	if (*(const u32 *)info > MB2_INFO_MAX)
		panic("boot information of %u bytes", *(const u32 *)info);
	take_command_line(info);
	take_rsdp(info);
	take_modules(info);
	map = (const void *)find_tag(info, MB2_MMAP, NULL);
	if (!map)
		panic("the boot loader passes no memory map");
	usable = take_memory_map(map);
	reserve_overlaps(map);
	memory_reserve(0, LOW_RESERVED_END);
	memory_reserve(VIDEO_ROM_START, VIDEO_ROM_END);
	memory_reserve(__pa_symbol(_text), __pa_symbol(_end));
	if (initrd_end)
		memory_reserve(ALIGN_DOWN(initrd_start, PAGE_SIZE), PAGE_ALIGN(initrd_end));
	check_enough(usable);
}

bool cmdline_option(const char *name, char *buf, size_t size)
{
	size_t len = strlen(name);
	bool found = false;

	/* As on Linux the last one wins: what is appended overrides. */
	for (const char *word = boot_command_line; *word; ) {
		const char *end = strchr(word, ' ');
		size_t n = end ? (size_t)(end - word) : strlen(word);

		if (n == 2 && word[0] == '-' && word[1] == '-')
			break;
		if (n > len && strncmp(word, name, len) == 0 && word[len] == '=') {
			size_t take = min(n - len - 1, size - 1);

			memcpy(buf, word + len + 1, take);
			buf[take] = '\0';
			found = true;
		}
		word += n;
		while (*word == ' ')
			word++;
	}
	return found;
}

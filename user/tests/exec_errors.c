/* What execve(2) refuses; the caller goes on as if nothing had happened. */
#include "ktap.h"
#include <sys/stat.h>

static char *const args[] = { "x", NULL };
static void *volatile bad_pointer = (void *)8;

static int try(const char *path)
{
	execve(path, args, args + 1);
	return -1;
}

static const char *file_with(const void *data, size_t size, mode_t mode)
{
	const char *path = tmp_name(".try");

	unlink(path);
	close(tmp_file(path, data, size));
	need(chmod(path, mode) == 0);
	return path;
}

static void check_elf(const char *self)
{
	char head[PAGE] = "";
	int fd = open(self, O_RDONLY);

	need(fd >= 0 && read(fd, head, sizeof(head)) == (ssize_t)sizeof(head));
	close(fd);
	fails(try(file_with(head, 20, 0755)), ENOEXEC, "half an ELF header: ENOEXEC");
	head[18] = 0xb7;
	fails(try(file_with(head, sizeof(head), 0755)), ENOEXEC, "ELF for another machine: ENOEXEC");
	head[18] = 62;
	head[4] = 1;
	head[56] = 0;
	fails(try(file_with(head, sizeof(head), 0755)), ENOEXEC, "no program headers: ENOEXEC");
}

static void check_sizes(const char *self)
{
	static char huge[33 * PAGE], *many[200];

	memset(huge, 'a', sizeof(huge) - 1);
	fails(execve(self, (char *[]){ "x", huge, NULL }, args + 1), E2BIG, "an argument of more than 32 pages: E2BIG");
	huge[31 * PAGE] = 0;
	for (int i = 0; i < 199; i++)
		many[i] = huge;
	fails(execve(self, many, args + 1), E2BIG, "arguments larger than the stack may be: E2BIG");
}

int main(int argc, char **argv)
{
	char name[300];

	memset(name, 'n', sizeof(name));
	name[299] = 0;
	plan(19);
	fails(try("/none"), ENOENT, "no such file: ENOENT");
	fails(try(""), ENOENT, "an empty name: ENOENT");
	fails(try("/tmp"), EACCES, "a folder: EACCES");
	fails(try("/dev/null"), EACCES, "a device: EACCES");
	fails(try("/etc/passwd/x"), ENOTDIR, "a file used as folder: ENOTDIR");
	fails(try(name), ENAMETOOLONG, "a name that is too long: ENAMETOOLONG");
	fails(try(file_with("text", 4, 0644)), EACCES, "not executable, not even for root: EACCES");
	fails(try(file_with("text", 4, 0755)), ENOEXEC, "neither ELF nor script: ENOEXEC");
	fails(try(file_with("", 0, 0755)), ENOEXEC, "an empty file: ENOEXEC");
	fails(try(file_with("#!/none\n", 8, 0755)), ENOENT, "a script without its interpreter: ENOENT");
	fails(try(file_with("#!\n", 3, 0755)), ENOEXEC, "a script that names none: ENOEXEC");
	check_elf(argv[0]);
	check_sizes(argv[0]);
	fails(execve(bad_pointer, args, args), EFAULT, "a bad pointer for the name: EFAULT");
	fails(execve(argv[0], bad_pointer, args + 1), EFAULT, "for the arguments: EFAULT");
	fails(execve(argv[0], (char *[]){ bad_pointer, NULL }, args + 1), EFAULT, "inside the arguments: EFAULT");
	unlink(file_with("", 0, 0644));
	return done();
}

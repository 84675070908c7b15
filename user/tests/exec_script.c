/* Scripts: #! with and without an argument, nested, with the caller's arguments behind. */
#include "ktap.h"
#include <sys/stat.h>

static const char *script(const char *suffix, const char *text)
{
	const char *path = tmp_name(suffix);

	close(tmp_file(path, text, strlen(text)));
	need(chmod(path, 0755) == 0);
	return path;
}

static int run(const char *path, char *first, char *second)
{
	pid_t pid = must_fork();

	if (pid == 0) {
		execve(path, (char *[]){ "ignored", first, second, NULL }, (char *[]){ "PATH=/bin", NULL });
		_exit(200);
	}
	return outcome(pid);
}

int main(void)
{
	char nested[200];
	const char *plain = script(".plain", "#!/bin/sh\ntest \"$1\" = a -a \"$2\" = 'b c' -a $# = 2 && exit 31\nexit 1\n");
	const char *with = script(".with", "#! /bin/sh -e \nfalse\nexit 1\n");
	const char *self = script(".self", "#!/bin/sh\ncase $0 in */exec_script.*.self) exit 33;; esac\nexit 1\n");
	const char *outer;

	plan(4);
	same(run(plain, "a", "b c"), 31, "arguments arrive behind the script's name");
	same(run(with, NULL, NULL), 1, "one argument in the first line, blanks around it");
	same(run(self, NULL, NULL), 33, "the script's own name is its argument 0");
	snprintf(nested, sizeof(nested), "#!%s a\n", plain);
	outer = script(".outer", nested);
	same(run(outer, "b", NULL), 1, "a script as interpreter of a script");
	unlink(outer);
	unlink(plain);
	unlink(with);
	unlink(self);
	return done();
}

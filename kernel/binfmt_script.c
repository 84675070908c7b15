/*
 * binfmt_script.c - files that begin with "#!" name the program that reads them.
 *
 * "#! interpreter [one argument]": the interpreter runs with the argument, the script's name and
 * the script's own arguments. execve(2), "Interpreter scripts".
 */
#include <tine/err.h>
#include <tine/fs.h>
#include <tine/string.h>

#include "exec.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut the first line into interpreter and argument, in place. -ENOEXEC if there is none. */
static int parse_line(char *line, char **interp, char **arg)
{
	char *end = strpbrk(line, "\n");

	if (!end)	/* longer than we look: the interpreter's name may be cut */
		end = line + strlen(line);
	while (end > line && is_blank(end[-1]))
		end--;
	*end = '\0';
	while (is_blank(*line))
		line++;
	if (!*line)
		return -ENOEXEC;
	*interp = line;
	*arg = NULL;
	line = strpbrk(line, " \t");
	if (!line)
		return 0;
	*line++ = '\0';
	while (is_blank(*line))
		line++;
	if (*line)
		*arg = line;
	return 0;
}

/* The line was cut by the size of the buffer inside the interpreter's name. */
static bool name_is_cut(const char *buf)
{
	const char *p = buf + 2;

	if (memchr(buf, '\n', BINPRM_HEAD - 1))
		return false;
	while (is_blank(*p))
		p++;
	return !strpbrk(p, " \t") && strlen(buf) == BINPRM_HEAD - 1;
}

static int push_interpreter(struct linux_binprm *bprm, const char *interp, const char *arg, const char *script)
{
	int err = remove_arg_zero(bprm);

	if (!err)
		err = copy_string_kernel(bprm, script);
	if (!err)
		bprm->argc++;
	if (!err && arg) {
		err = copy_string_kernel(bprm, arg);
		bprm->argc++;
	}
	if (!err) {
		err = copy_string_kernel(bprm, interp);
		bprm->argc++;
	}
	return err;
}

int load_script(struct linux_binprm *bprm)
{
	struct file *file;
	char *interp, *arg;
	int err;

	if (bprm->buf[0] != '#' || bprm->buf[1] != '!')
		return -ENOEXEC;
	bprm->buf[BINPRM_HEAD - 1] = '\0';
	if (name_is_cut(bprm->buf))
		return -ENOEXEC;
	err = parse_line(bprm->buf + 2, &interp, &arg);
	if (err)
		return err;
	err = push_interpreter(bprm, interp, arg, bprm->interp);
	if (err)
		return err;
	strscpy(bprm->interp_buf, interp, sizeof(bprm->interp_buf));
	bprm->interp = bprm->interp_buf;
	file = open_exec_kernel(bprm->interp);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fput(bprm->file);
	bprm->file = file;
	return 1;	/* the same again with this file */
}

/* Bytes that are under way in a pipe stay what they were when written, whatever fork and writes do to the page. */
#include "ktap.h"

int main(void)
{
	char *page = map_private(PAGE), got[PAGE];
	int fds[2];
	pid_t pid;

	plan(4);
	need(pipe(fds) == 0);
	memset(page, 'a', PAGE);
	need(write(fds[1], page, PAGE) == (ssize_t)PAGE);
	pid = must_fork();
	if (pid == 0) {
		memset(page, 'b', PAGE);
		need(write(fds[1], page, PAGE) == (ssize_t)PAGE);
		memset(page, 'c', PAGE);
		_exit(0);
	}
	same(outcome(pid), 0, "the child wrote its bytes");
	memset(page, 'd', PAGE);
	need(read(fds[0], got, PAGE) == (ssize_t)PAGE);
	ok(got[0] == 'a' && !memcmp(got, got + 1, PAGE - 1), "the parent's bytes come out as written");
	need(read(fds[0], got, PAGE) == (ssize_t)PAGE);
	ok(got[0] == 'b' && !memcmp(got, got + 1, PAGE - 1), "the child's bytes come out as written");
	ok(page[0] == 'd' && page[PAGE - 1] == 'd', "the page itself is the parent's");
	return done();
}

/* When memory runs out, the process that has most of it is killed, and nobody else. */
#include "ktap.h"
#include <sys/mman.h>
#include <sys/sysinfo.h>

#define CHUNK (16L << 20)

/* Touch more memory than the machine has. */
static void hog(void)
{
	struct sysinfo si;
	unsigned long total, done;

	sysinfo(&si);
	total = si.totalram * si.mem_unit + si.totalswap * si.mem_unit;
	for (done = 0; done < 2 * total; done += CHUNK) {
		char *p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED)
			_exit(1);
		for (long i = 0; i < CHUNK; i += 4096)
			p[i] = 1;
	}
	_exit(0);
}

int main(void)
{
	static char small[64 << 10];
	pid_t bystander, big;
	int status;

	plan(4);
	bystander = fork();
	if (bystander == 0) {
		memset(small, 1, sizeof(small));
		pause();
		_exit(0);
	}
	big = fork();
	if (big == 0)
		hog();
	ok(waitpid(big, &status, 0) == big, "the hog ended");
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "by SIGKILL");
	ok(waitpid(bystander, &status, WNOHANG) == 0, "a small process lives on");
	kill(bystander, SIGTERM);
	ok(waitpid(bystander, &status, 0) == bystander && WTERMSIG(status) == SIGTERM, "and can be ended");
	return done();
}

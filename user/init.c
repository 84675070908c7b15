/*
 * init.c - PID 1: mounts what a shell expects, keeps a shell on the console, reaps orphans.
 *
 * The shell leads a session of its own with ttyS0 as its controlling terminal, so that Ctrl-C reaches
 * whatever runs in the foreground and never PID 1. When it ends, another one is started.
 *
 * busybox's poweroff, halt and reboot send SIGUSR2, SIGUSR1 and SIGTERM to PID 1; with -f they call
 * reboot(2) themselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *const shell_argv[] = { "-sh", NULL };
static char *const shell_env[] = {
	"HOME=/root", "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "TERM=vt100", "USER=root", "SHELL=/bin/sh", NULL
};

static void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vdprintf(STDERR_FILENO, fmt, args);
	va_end(args);
}

static void mount_on(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		say("init: cannot mount %s on %s: %s\n", type, dir, strerror(errno));
}

static void set_hostname(void)
{
	char name[64];
	int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, name, sizeof(name));

	close(fd);
	if (n > 0)
		sethostname(name, name[n - 1] == '\n' ? n - 1 : n);
}

static void show_file(const char *path)
{
	char buf[1024];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		if (write(STDOUT_FILENO, buf, n) < 0)
			break;
	close(fd);
}

/* In the child: become the leader of a session on ttyS0 and then the shell. */
static void run_shell(const sigset_t *old_mask)
{
	int fd;

	setsid();
	fd = open("/dev/ttyS0", O_RDWR);
	if (fd < 0)
		fd = open("/dev/console", O_RDWR);
	if (fd >= 0) {
		ioctl(fd, TIOCSCTTY, 0);
		dup2(fd, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		if (fd > STDERR_FILENO)
			close(fd);
	}
	sigprocmask(SIG_SETMASK, old_mask, NULL);
	if (chdir("/root"))
		chdir("/");
	execve("/bin/sh", shell_argv, shell_env);
	say("init: cannot run /bin/sh: %s\n", strerror(errno));
	_exit(127);
}

static pid_t start_shell(const sigset_t *old_mask)
{
	pid_t pid = fork();

	if (pid == 0)
		run_shell(old_mask);
	if (pid < 0)
		say("init: fork: %s\n", strerror(errno));
	return pid;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* End every other process, politely at first, then leave the machine as @how says. */
static void shut_down(int how)
{
	kill(-1, SIGTERM);
	kill(-1, SIGHUP);	/* what an interactive shell listens to */
	for (int i = 0; i < 20 && waitpid(-1, NULL, WNOHANG) >= 0; i++)
		pause_ms(10);
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	sync();
	reboot(how);
	say("init: reboot: %s\n", strerror(errno));
	_exit(1);
}

/* Wait for every child that has ended; true if the shell was one of them. */
static int reap(pid_t shell)
{
	int shell_ended = 0;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		shell_ended |= pid == shell;
	return shell_ended;
}

int main(void)
{
	static const int handled[] = { SIGCHLD, SIGUSR1, SIGUSR2, SIGTERM };
	sigset_t mask, old_mask;
	pid_t shell;
	int sig;

	mount_on("devtmpfs", "/dev");
	mount_on("devpts", "/dev/pts");
	mount_on("tmpfs", "/dev/shm");
	mount_on("proc", "/proc");
	mount_on("tmpfs", "/tmp");
	set_hostname();
	show_file("/etc/motd");

	/* The signals stay blocked and are fetched one by one: no handler, no race. */
	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&mask, handled[i]);
	sigprocmask(SIG_BLOCK, &mask, &old_mask);

	shell = start_shell(&old_mask);
	while ((sig = sigwaitinfo(&mask, NULL)) > 0 || errno == EINTR) {
		if (sig == SIGUSR2)
			shut_down(RB_POWER_OFF);
		if (sig == SIGUSR1)
			shut_down(RB_HALT_SYSTEM);
		if (sig == SIGTERM)
			shut_down(RB_AUTOBOOT);
		if (reap(shell) || shell < 0) {
			pause_ms(200);		/* should it fail at once, do not spin */
			shell = start_shell(&old_mask);
		}
	}
	say("init: sigwaitinfo: %s\n", strerror(errno));
	return 1;
}

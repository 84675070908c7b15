/*
 * socket.c - socket(2) and socketpair(2) on a machine without any protocol family.
 *
 * Programs ask for sockets that they can do without: shells and C libraries look for a name service
 * behind AF_UNIX. EAFNOSUPPORT tells them what a Linux built without that family would; arguments
 * that no family could serve are refused first, as there.
 */
#include <tine/syscalls.h>

/* From socket(2); the kernel's uapi headers leave these to the C library. */
#define SOCK_TYPE_MASK	0xf
#define SOCK_MAX	11
#define SOCK_CLOEXEC	O_CLOEXEC
#define SOCK_NONBLOCK	O_NONBLOCK
#define NPROTO		46	/* families that Linux 6.1 knows */

long sys_socket(int family, int type, int protocol)
{
	if (type & ~(SOCK_TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (family < 0 || family >= NPROTO)
		return -EAFNOSUPPORT;
	if ((type & SOCK_TYPE_MASK) >= SOCK_MAX)
		return -EINVAL;
	return -EAFNOSUPPORT;
}

long sys_socketpair(int family, int type, int protocol, int __user *fds)
{
	return sys_socket(family, type, protocol);
}

/*
 * utsname.h - the names that uname(2) shows.
 */
#pragma once

#include <tine/uapi.h>

extern struct new_utsname system_utsname;	/* nodename and domainname change under a lock of kernel/sys.c */

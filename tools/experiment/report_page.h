/* The page of a report, report.html.in as it stands, made a string by CMake: with @TITLE@ and, once
 * it is over, @BODY@ where those belong. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_REPORT_PAGE_H
#define HINDSIGHT_TOOLS_EXPERIMENT_REPORT_PAGE_H

extern const char report_page[];

#endif

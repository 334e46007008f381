"""Hiring: vacancies, and an interview that is quick, fair and explained.

An employer is a workspace. A *candidate* tells who they are, a *response* is their application for a *vacancy*, and the
*interview* of a response asks the vacancy's questions, the same ones to everybody. A *rubric* says how answers are
weighed; what comes of it is a recommendation with its reasons. The *decision* is a person's, always.

The interview is a conversation of the kernel; its course is kept in the response, so that any channel can carry it.
"""

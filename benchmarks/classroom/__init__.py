"""A class of students that solve one homework, made by rules of its own: what they hand in and what is true of it.

    worlds     what the named quantities are worth, in numpy: truly, and by what a student has written so far
    pen        one student's notation: fractions, matrices, transposes, orders of terms, names
    chains     a chain of links, and what is true of each: right, wrong, carried, garbled
    matrices, calculus, models    the problems, with the slips that may be planted in each
    paper      a document from chains and prose, with the place of every relation sign
    marks      the points that the planted mistakes deserve
    school     the class: ids, lots, the zip, the roster, the key, the truth

Nothing here uses the program that is measured.
"""

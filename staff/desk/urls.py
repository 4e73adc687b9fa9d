from django.urls import path

from staff.desk import pages

urlpatterns = [
    path("<int:cmp_number>/", pages.show, name="staff_person"),
    path("<int:cmp_number>/como-colegiado/", pages.as_member, name="staff_person_choose"),
]
